import type { StatusUpdate } from '@cloudtolocalllm/protocol';
import type { RelayDatabase } from '../storage/database.ts';
import type { BridgeStore } from './bridge-store.ts';

/** Thousands of bridges connect at the same time after a restart: their reports become a few transactions. */
const FLUSH_INTERVAL_MS = 1_000;

interface Report {
  lastSeen: Date;
  payload: StatusUpdate['payload'] | undefined;
}

/** Keeps the last report of each bridge in the database, all that changed in one transaction per second. */
export class ReportWriter implements AsyncDisposable {
  readonly #database: RelayDatabase;
  readonly #bridges: BridgeStore;
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #changed = new Map<string, Report>();
  #flushing: Promise<void> = Promise.resolve();

  constructor(database: RelayDatabase, bridges: BridgeStore, onError: (error: unknown) => void) {
    this.#database = database;
    this.#bridges = bridges;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS).unref();
  }

  /** A bridge connected, reported or went away. */
  changed(bridgeId: string, lastSeen: Date, payload: StatusUpdate['payload'] | undefined): void {
    this.#changed.set(bridgeId, { lastSeen, payload });
  }

  /** Writes what has changed; what could not be written is told and dropped, the next report says it again. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write()).catch(this.#onError);
    return this.#flushing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(): Promise<void> {
    if (this.#changed.size === 0) return;
    const changed = this.#changed;
    this.#changed = new Map();
    await this.#database.batch(
      [...changed].map(([id, { lastSeen, payload }]) => this.#bridges.reported(id, lastSeen, payload)),
    );
  }
}
