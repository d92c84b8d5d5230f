import { rm } from 'node:fs/promises';
import type { ImportStatus } from '@cloudtolocalllm/protocol';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { RelayError } from '../../errors.ts';
import type { UserEvents } from '../../fabric/user-events.ts';
import type { RelayDatabase } from '../../storage/database.ts';
import { ImportThread } from './import-thread.ts';
import { removeUnfinished } from './import-writer.ts';
import { runImport } from './run-import.ts';

/** Of all people: each has a thread. */
const MAX_RUNNING = 4;
/** Ended imports that can be asked for, the newest of each person. */
const MAX_REMEMBERED = 1_000;
const RETRY_AFTER_SECONDS = 30;

export interface ImportsOptions {
  database: RelayDatabase;
  log: Pick<Logger, 'error'>;
  events?: Pick<UserEvents, 'publish'> | undefined;
  now?: (() => number) | undefined;
}

/** The imports that run, one of each person at a time; they end with the relay, and what was imported is kept. */
export class Imports implements AsyncDisposable {
  readonly #options: ImportsOptions;
  readonly #claimed = new Set<string>();
  /** By person. */
  readonly #running = new Map<string, { ended: Promise<void>; stop: AbortController }>();
  readonly #latest = new LRUCache<string, ImportStatus>({ max: MAX_REMEMBERED });
  readonly #closing = new AbortController();
  #cleaned: Promise<void> | undefined;

  constructor(options: ImportsOptions) {
    this.#options = options;
  }

  /** Makes sure that this person imports nothing else until it is disposed. @throws RelayError conflict, rate_limited */
  claim(userId: string): Disposable {
    if (this.#claimed.has(userId)) {
      throw new RelayError('conflict', 'Cannot import: another import of yours is still running. Wait for its end.');
    }
    if (this.#claimed.size >= MAX_RUNNING) {
      throw new RelayError('rate_limited', 'Cannot import now: others are importing. Try again soon.', {
        retryAfter: RETRY_AFTER_SECONDS,
      });
    }
    this.#claimed.add(userId);
    return { [Symbol.dispose]: () => this.#claimed.delete(userId) };
  }

  /** Begins to import a file, which it removes at the end as it disposes the claim. */
  begin(
    claim: Disposable,
    { userId, importId, path }: { userId: string; importId: string; path: string },
  ): ImportStatus {
    const status: ImportStatus = {
      importId,
      status: 'running',
      total: 0,
      imported: 0,
      skipped: 0,
      failed: 0,
      problems: [],
    };
    this.#latest.set(userId, status);
    const stop = new AbortController();
    const ended = this.#runToEnd(claim, status, { userId, path, stop: stop.signal });
    const running = { ended, stop };
    this.#running.set(userId, running);
    void ended.finally(() => {
      if (this.#running.get(userId) === running) this.#running.delete(userId);
    });
    return { ...status };
  }

  /** How far the newest import of this person is; undefined when it is another one's, or older. */
  status(userId: string, importId: string): ImportStatus | undefined {
    const status = this.#latest.get(userId);
    return status?.importId === importId ? status : undefined;
  }

  /** Before all of a person's is removed: ends what they import and forgets what they imported. */
  async dropUser(userId: string): Promise<void> {
    const running = this.#running.get(userId);
    running?.stop.abort();
    await running?.ended;
    this.#latest.delete(userId);
  }

  async #runToEnd(
    claim: Disposable,
    status: ImportStatus,
    file: { userId: string; path: string; stop: AbortSignal },
  ): Promise<void> {
    await this.#run(status, file);
    await rm(file.path, { force: true });
    claim[Symbol.dispose]();
    // Last: whoever reads it may begin the next one.
    status.status = status.error === undefined ? 'complete' : 'failed';
  }

  /** Never rejects. */
  async #run(
    status: ImportStatus,
    { userId, path, stop }: { userId: string; path: string; stop: AbortSignal },
  ): Promise<void> {
    const { database, events, log, now = Date.now } = this.#options;
    const signal = AbortSignal.any([this.#closing.signal, stop]);
    try {
      // Only now: nothing that this process imports is unfinished before its first import.
      await (this.#cleaned ??= removeUnfinished(database));
      await using thread = new ImportThread({ path, now: new Date(now()).toISOString() });
      const next = (wanted?: boolean) => thread.next(wanted);
      await runImport({ database, userId, status, next, events, signal });
    } catch (err) {
      status.error = signal.aborted
        ? 'The relay was stopped. What was imported is kept: import the file again for the rest.'
        : 'Something went wrong in the relay. What was imported is kept: import the file again for the rest.';
      if (!signal.aborted) log.error({ err }, 'Cannot import conversations');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }
}
