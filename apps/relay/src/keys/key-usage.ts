import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { RelayDatabase } from '../storage/database.ts';
import type { KeyStore } from './key-store.ts';

/** A key's last use is known to the minute: a busy program costs one write in that time. */
const WRITE_EVERY_MS = 60_000;
/** Uses of many keys are written together. */
const GATHER_MS = 2_000;
/** Keys whose last write is remembered; one that is forgotten is written once more. */
const MAX_REMEMBERED = 10_000;

export interface KeyUsageOptions {
  database: RelayDatabase;
  keys: KeyStore;
  log: Pick<Logger, 'error'>;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Writes down when keys were used last, after the request that did and never in its way. */
export class KeyUsage implements AsyncDisposable {
  readonly #options: KeyUsageOptions;
  readonly #now: () => number;
  readonly #noted = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  #pending = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: KeyUsageOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  used(keyId: string): void {
    const now = this.#now();
    const noted = this.#noted.get(keyId);
    if (this.#closed || (noted !== undefined && now - noted < WRITE_EVERY_MS)) return;
    this.#noted.set(keyId, now);
    this.#pending.set(keyId, now);
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  /** Writes what was gathered. A failure is only logged: nobody waits for it. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const uses = [...this.#pending];
    this.#pending = new Map();
    const { database, keys, log } = this.#options;
    try {
      await database.batch(uses.map(([keyId, at]) => keys.used(keyId, new Date(at))));
    } catch (err) {
      log.error({ err }, 'Cannot write when API keys were used last');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.flush();
  }
}
