import type { Conversation, Message } from '@cloudtolocalllm/sdk';
import { deleteDatabase, done, openDatabase, resultOf, type StoreName } from './database.ts';

export type SavedThread = { conversation: Conversation; messages: Message[]; savedAt: number };
export type SavedList = { conversations: Conversation[]; savedAt: number };

/** As an answer to "what can be read without a network". */
export type Saved = {
  /** Whose it is from now on; what another person left goes. Nothing is kept before. */
  claim(userId: string): Promise<void>;
  list(): Promise<SavedList | undefined>;
  saveList(conversations: readonly Conversation[]): Promise<void>;
  thread(id: string): Promise<SavedThread | undefined>;
  saveThread(conversation: Conversation, messages: readonly Message[]): Promise<void>;
  remove(id: string): Promise<void>;
  /** Of the conversations that are kept. */
  ids(): Promise<string[]>;
  /** What the worker has to know too. */
  saveLanguage(language: string): Promise<void>;
  clear(): Promise<void>;
};

/** The last ones that were looked at. */
export const MAX_THREADS = 50;
/** Of all threads together. */
export const MAX_BYTES = 20 * 1024 * 1024;

/** `size` in bytes of `json`, which is a SavedThread without its time. */
type Row = { id: string; savedAt: number; size: number; json: string };

/** Conversations kept in this browser. */
export function createSaved(factory: IDBFactory, now: () => number = Date.now): Saved {
  let opened: Promise<IDBDatabase> | undefined;
  let isClaimed = false;

  function database(): Promise<IDBDatabase> {
    opened ??= openDatabase(factory).then((found) => {
      // Closed because it is deleted: the next one who asks makes a new one.
      const forget = (): void => void (opened = undefined);
      found.addEventListener('versionchange', forget);
      found.addEventListener('close', forget);
      return found;
    });
    return opened;
  }
  const stores = async (
    mode: IDBTransactionMode,
  ): Promise<{ transaction: IDBTransaction; of: (name: StoreName) => IDBObjectStore }> => {
    const transaction = (await database()).transaction(['threads', 'facts'], mode);
    return { transaction, of: (name) => transaction.objectStore(name) };
  };
  async function write(change: (of: (name: StoreName) => IDBObjectStore) => void | Promise<void>): Promise<void> {
    const { transaction, of } = await stores('readwrite');
    const kept = done(transaction);
    await change(of);
    await kept;
  }

  return {
    async claim(userId) {
      await write(async (of) => {
        const owner: unknown = await resultOf(of('facts').get('owner'));
        if (owner !== userId) for (const name of ['threads', 'facts'] as const) of(name).clear();
        of('facts').put(userId, 'owner');
      });
      isClaimed = true;
    },
    async list() {
      const { of } = await stores('readonly');
      return (await resultOf(of('facts').get('list'))) as SavedList | undefined; // as: written below
    },
    async saveList(conversations) {
      if (!isClaimed) return;
      const list: SavedList = { conversations: conversations.slice(0, MAX_THREADS), savedAt: now() };
      await write((of) => void of('facts').put(list, 'list'));
    },
    async thread(id) {
      const { of } = await stores('readonly');
      const row = (await resultOf(of('threads').get(id))) as Row | undefined; // as: written below
      if (row === undefined) return undefined;
      return { ...(JSON.parse(row.json) as Omit<SavedThread, 'savedAt'>), savedAt: row.savedAt }; // as: written below
    },
    async saveThread(conversation, messages) {
      if (!isClaimed) return;
      const json = JSON.stringify({ conversation, messages });
      const { id } = conversation;
      const row: Row = { id, savedAt: now(), size: new TextEncoder().encode(json).length, json };
      await write(async (of) => {
        of('threads').put(row);
        // The newest first, until there are too many of them.
        const rows = ((await resultOf(of('threads').index('savedAt').getAll())) as Row[]).toReversed(); // as: written here
        let bytes = 0;
        rows.forEach(({ id: other, size }, index) => {
          bytes += size;
          if (index >= MAX_THREADS || bytes > MAX_BYTES) of('threads').delete(other);
        });
      });
    },
    remove: (id) => write((of) => void of('threads').delete(id)),
    async ids() {
      const { of } = await stores('readonly');
      return (await resultOf(of('threads').getAllKeys())) as string[]; // as: the ids of rows
    },
    saveLanguage: async (language) => {
      if (isClaimed) await write((of) => void of('facts').put(language, 'language'));
    },
    async clear() {
      isClaimed = false;
      const before = await opened?.catch(() => undefined);
      opened = undefined;
      before?.close();
      await deleteDatabase(factory);
    },
  };
}
