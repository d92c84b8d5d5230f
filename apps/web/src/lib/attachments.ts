import {
  IMAGE_TYPES,
  MAX_ATTACHMENTS_PER_MESSAGE,
  MAX_IMAGE_BYTES,
  MAX_TEXT_BYTES,
  TEXT_TYPES,
  type Attachment,
  type Client,
} from '@cloudtolocalllm/sdk';
import { describeFailure, inWords } from './failure.ts';
import type { TextsNow } from './language.ts';
import { createStore, type ReadableStore } from './store.ts';

/** A file that goes with the next question of a thread. */
export type PickedFile = {
  key: string;
  name: string;
  kind: Attachment['kind'];
  phase: 'uploading' | 'ready' | 'failed';
  /** Of an image: an address for `img`. */
  preview?: string;
  attachment?: Attachment;
  problem?: string;
};

type Picked = Readonly<Record<string, readonly PickedFile[]>>;

export type Attachments = ReadableStore<Picked> & {
  add(threadId: string, files: readonly File[]): void;
  remove(threadId: string, key: string): void;
  /** What was picked in one thread is another's. */
  move(from: string, to: string): void;
  /** What is ready to be sent; it is taken from the composer. */
  take(threadId: string): Attachment[];
  /** What could not be sent goes with the next question. */
  putBack(threadId: string, files: readonly Attachment[]): void;
  /** What was put back is sent after all. */
  takeBack(threadId: string, files: readonly Attachment[]): void;
  clear(): void;
};

const NONE: readonly PickedFile[] = [];
const KILOBYTE = 1024;
/** Files that browsers give no type, and that are text all the same. */
const TEXT_NAMES = /\.(md|markdown|csv|log|ts|tsx|jsx|py|rs|go|java|kt|c|h|cpp|sh|sql|toml|ya?ml|ini|conf|txt)$/i;

export type AttachmentsOptions = {
  upload: Client['attachments']['upload'];
  /** Made and given back by the browser. */
  urls: Pick<typeof URL, 'createObjectURL' | 'revokeObjectURL'>;
  texts: TextsNow;
};

/** Files that were picked, pasted or dropped: sent to the relay at once, so that asking takes no longer. */
export function createAttachments({ upload, urls, texts }: AttachmentsOptions): Attachments {
  const store = createStore<Picked>({});
  let count = 0;

  const of = (threadId: string): readonly PickedFile[] => store.get()[threadId] ?? NONE;
  const set = (threadId: string, files: readonly PickedFile[]): void =>
    store.update((all) => ({ ...all, [threadId]: files }));
  const free = ({ preview }: PickedFile): void => {
    if (preview !== undefined) urls.revokeObjectURL(preview);
  };

  async function send(file: File, type: string, key: string): Promise<void> {
    const change = (part: Partial<PickedFile>): void => {
      const changed = (picked: PickedFile): PickedFile => (picked.key === key ? { ...picked, ...part } : picked);
      // It may have moved to another thread meanwhile.
      store.update((all) => Object.fromEntries(Object.entries(all).map(([id, files]) => [id, files.map(changed)])));
    };
    try {
      change({ phase: 'ready', attachment: await upload({ name: file.name, type, content: file }) });
    } catch (error) {
      change({ phase: 'failed', problem: inWords(describeFailure(error), texts.get()).title });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    add(threadId, files) {
      for (const file of files) {
        const key = `file-${(count += 1)}`;
        const type = mediaType(file);
        const kind = type.startsWith('image/') ? 'image' : 'text';
        const problem = problemOf(file, type, of(threadId).length, texts);
        const preview = problem === undefined && kind === 'image' ? urls.createObjectURL(file) : undefined;
        const phase = problem === undefined ? 'uploading' : 'failed';
        set(threadId, [...of(threadId), { key, name: file.name, kind, phase, preview, problem }]);
        if (problem === undefined) void send(file, type, key);
      }
    },
    remove(threadId, key) {
      for (const picked of of(threadId)) if (picked.key === key) free(picked);
      set(
        threadId,
        of(threadId).filter((picked) => picked.key !== key),
      );
    },
    move(from, to) {
      const moved = of(from);
      if (moved.length === 0) return;
      store.update(({ [from]: _moved, ...others }) => ({ ...others, [to]: [...(others[to] ?? NONE), ...moved] }));
    },
    take(threadId) {
      const picked = of(threadId);
      picked.forEach(free);
      set(threadId, NONE);
      return picked.flatMap(({ attachment }) => attachment ?? []);
    },
    putBack(threadId, files) {
      const picked = files.map((attachment): PickedFile => {
        const { name, kind } = attachment;
        return { key: `file-${(count += 1)}`, name, kind, phase: 'ready', attachment };
      });
      set(threadId, [...picked, ...of(threadId)]);
    },
    takeBack(threadId, files) {
      const ids = new Set(files.map(({ id }) => id));
      set(
        threadId,
        of(threadId).filter(({ attachment }) => attachment === undefined || !ids.has(attachment.id)),
      );
    },
    clear() {
      Object.values(store.get()).flat().forEach(free);
      store.set({});
    },
  };
}

function mediaType({ type, name }: File): string {
  if (type.startsWith('image/') || type.startsWith('text/')) return type;
  if ((TEXT_TYPES as readonly string[]).includes(type)) return type; // as: any type may be looked for
  return TEXT_NAMES.test(name) ? 'text/plain' : type;
}

function problemOf(file: File, type: string, count: number, texts: TextsNow): string | undefined {
  const isImage = (IMAGE_TYPES as readonly string[]).includes(type); // as: any type may be looked for
  const isText = type.startsWith('text/') || (TEXT_TYPES as readonly string[]).includes(type); // as: see above
  const words = texts.get().composer.fileProblems;
  const limit = isImage ? MAX_IMAGE_BYTES : MAX_TEXT_BYTES;
  if (!isImage && !isText) return words.kind;
  if (file.size === 0) return words.empty;
  if (file.size > limit) return words.size(limit / KILOBYTE);
  return count >= MAX_ATTACHMENTS_PER_MESSAGE ? words.count(MAX_ATTACHMENTS_PER_MESSAGE) : undefined;
}
