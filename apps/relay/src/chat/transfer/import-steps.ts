import { closeSync, openSync, readSync } from 'node:fs';
import type { ImportFormat } from '@cloudtolocalllm/protocol';
import {
  IMPORT_LIMITS,
  type ImportedAttachment,
  type ImportedConversation,
  type ImportedMessage,
  ImportProblem,
} from './imported-conversation.ts';
import { ImportFileError, jsonEntries } from './json-entries.ts';
import { type RecognisedEntry, recogniseEntry } from './parse-entry.ts';

/** What the thread that reads a file tells, one at a time. */
export type ImportStep =
  | { kind: 'counted'; total: number }
  /** Answered with whether it is wanted. */
  | {
      kind: 'entry';
      entry: number;
      format: ImportFormat;
      from: string;
      ownId: string | undefined;
      title: string | undefined;
    }
  | { kind: 'conversation'; conversation: ImportedHead; count: number }
  | { kind: 'messages'; first: number; messages: Omit<ImportedMessage, 'attachments'>[] }
  | { kind: 'attachment'; message: number; place: number; attachment: ImportedAttachment }
  | { kind: 'done' }
  | { kind: 'problem'; entry: number; title: string | undefined; message: string }
  | { kind: 'failed'; message: string };

export type ImportedHead = Omit<ImportedConversation, 'messages'>;

const CHUNK_BYTES = 1024 * 1024;
/** Of one step: what the relay's own thread stores before others get their turn. */
export const STEP_LIMITS = { messages: 50, characters: 64 * 1024 } as const;

/** Reads a file in steps; `next(true)` after an `entry` takes it, anything else leaves it out. */
export function* importSteps(path: string, now: string): Generator<ImportStep, void, boolean | undefined> {
  try {
    const total = count(path);
    if (total > IMPORT_LIMITS.entries) {
      throw new ImportFileError(`The file has more than ${IMPORT_LIMITS.entries} conversations.`);
    }
    yield { kind: 'counted', total };
    yield* entrySteps(path, now);
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error;
    yield { kind: 'failed', message: error.message };
  }
}

/** The conversations that can be cut out. */
function count(path: string): number {
  let total = 0;
  try {
    const entries = jsonEntries(chunksOf(path));
    while (entries.next().done !== true) total++;
  } catch (error) {
    // Told when what is in front of it has been read.
    if (!(error instanceof ImportFileError)) throw error;
  }
  return total;
}

function* entrySteps(path: string, now: string): Generator<ImportStep, void, boolean | undefined> {
  let entry = -1;
  for (const { json, isOwn } of jsonEntries(chunksOf(path))) {
    entry++;
    let title: string | undefined;
    try {
      if (json === undefined) throw new ImportProblem('It is too large or too deep.');
      const recognised: RecognisedEntry = recogniseEntry(json, { isOwn, now });
      const { parse, ...known } = recognised;
      ({ title } = recognised);
      if ((yield { kind: 'entry', entry, ...known }) !== true) continue;
      yield* conversationSteps(parse());
    } catch (error) {
      if (!(error instanceof ImportProblem)) throw error;
      yield { kind: 'problem', entry, title, message: error.message };
    }
  }
}

/** Small enough pieces of a conversation: its fields, its messages some at a time, its files one by one. */
export function* conversationSteps({ messages, ...conversation }: ImportedConversation): Generator<ImportStep> {
  yield { kind: 'conversation', conversation, count: messages.length };
  for (let first = 0; first < messages.length;) {
    let end = first;
    for (let characters = 0; end < messages.length && end - first < STEP_LIMITS.messages; end++) {
      const message = messages[end]!; // end is below length
      characters += message.content.length + message.thinking.length;
      if (end > first && characters > STEP_LIMITS.characters) break;
    }
    const some = messages.slice(first, end).map(({ attachments: _files, ...message }) => message);
    yield { kind: 'messages', first, messages: some };
    first = end;
  }
  for (const [message, { attachments }] of messages.entries()) {
    for (const [place, attachment] of attachments.entries()) yield { kind: 'attachment', message, place, attachment };
  }
  yield { kind: 'done' };
}

/** Each is good until the next one is asked for. */
function* chunksOf(path: string): Generator<Buffer, void, undefined> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const bytes = readSync(file, chunk);
      if (bytes === 0) return;
      yield chunk.subarray(0, bytes);
    }
  } finally {
    closeSync(file);
  }
}
