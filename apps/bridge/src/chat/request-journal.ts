import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ChatLimits } from './chat-limits.ts';

const FOLDER = 'queue';
const ENTRY_FILE = /^[0-9a-f]{64}\.json$/;
/** Of one file: an answer of the greatest length, every character escaped. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** How an answer ended. */
const ending = z.union([
  z.object({ totalTokens: z.int().min(0).optional() }),
  z.object({ code: z.string(), message: z.string() }),
]);
export type Ending = z.infer<typeof ending>;

const finishedAnswer = z.object({ content: z.string(), thinking: z.string(), ending });
export type FinishedAnswer = z.infer<typeof finishedAnswer>;

const entryFile = z.object({ id: z.string(), finished: finishedAnswer.optional() });

/**
 * The requests of relays' queues that this bridge has accepted, one small file each, so that none is run twice: not after a
 * cut, not after a crash, not after a power cut. Files are written aside, synced and renamed; changes come one after another.
 */
export class RequestJournal {
  readonly #folder: string;
  readonly #limits: ChatLimits;
  readonly #clock: () => number;
  /** All there are, and whether they have finished. */
  readonly #entries = new Map<string, { isFinished: boolean; since: number }>();
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, limits: ChatLimits, clock: () => number) {
    this.#folder = join(directory, FOLDER);
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Reads what earlier processes left; what is damaged or old is removed. Throws when the folder can't be had. */
  static async open(directory: string, limits: ChatLimits, clock: () => number = Date.now): Promise<RequestJournal> {
    const journal = new RequestJournal(directory, limits, clock);
    await mkdir(journal.#folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(journal.#folder)) await journal.#load(name);
    return journal;
  }

  /** No more is taken. What has been there for too long is forgotten. */
  get isFull(): boolean {
    const before = this.#clock() - this.#limits.journalMs;
    for (const [id, { since }] of this.#entries) if (since < before) void this.forget(id).catch(() => {}); // at the next start
    return this.#entries.size >= this.#limits.journalEntries;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  ids(): string[] {
    return [...this.#entries.keys()];
  }

  /** Notes that it was accepted; resolves when that would survive a power cut. */
  accept(id: string): Promise<void> {
    this.#entries.set(id, { isFinished: false, since: this.#clock() });
    return this.#write(id, { id }).catch((error: unknown) => {
      this.#entries.delete(id);
      throw error;
    });
  }

  /** Keeps its answer; does nothing when it was forgotten meanwhile. */
  async finish(id: string, finished: FinishedAnswer): Promise<void> {
    if (!this.#entries.has(id)) return;
    await this.#write(id, { id, finished });
    const entry = this.#entries.get(id);
    if (entry) entry.isFinished = true;
  }

  /** Its answer; undefined when it was not finished by the process that accepted it. */
  async read(id: string): Promise<FinishedAnswer | undefined> {
    if (this.#entries.get(id)?.isFinished !== true) return undefined;
    return this.#after(async () => entryFile.parse(JSON.parse(await readFile(this.#path(id), 'utf8'))).finished);
  }

  /** Nobody will ask for it again. */
  async forget(id: string): Promise<void> {
    if (!this.#entries.delete(id)) return;
    await this.#after(() => rm(this.#path(id), { force: true }));
  }

  /** Resolves when all that was begun is written. */
  async settled(): Promise<void> {
    await this.#tail;
  }

  async #load(name: string): Promise<void> {
    const path = join(this.#folder, name);
    if (ENTRY_FILE.test(name) && !this.isFull) {
      try {
        const { mtimeMs, size } = await stat(path);
        if (size <= MAX_FILE_BYTES && this.#clock() - mtimeMs < this.#limits.journalMs) {
          const { id, finished } = entryFile.parse(JSON.parse(await readFile(path, 'utf8')));
          if (this.#path(id) === path) {
            this.#entries.set(id, { isFinished: finished !== undefined, since: mtimeMs });
            return;
          }
        }
      } catch {
        // Damaged: what it was can't be told any more.
      }
    }
    await rm(path, { force: true });
  }

  #write(id: string, entry: z.infer<typeof entryFile>): Promise<void> {
    return this.#after(async () => {
      if (!this.#entries.has(id)) return; // forgotten while it waited
      const path = this.#path(id);
      const temporary = `${path}.new`;
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify(entry));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await syncFolder(this.#folder);
    });
  }

  #after<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {}); // whoever asked gets the error
    return result;
  }

  /** Ids are the relay's words: none of them becomes a path. */
  #path(id: string): string {
    return join(this.#folder, `${createHash('sha256').update(id).digest('hex')}.json`);
  }
}

/** Makes the new name durable; Windows has no such thing for folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
