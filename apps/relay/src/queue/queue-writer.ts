import type { Compilable } from 'kysely';
import type { RelayDatabase } from '../storage/database.ts';
import type { EventLog } from '../chat/event-log.ts';
import type { QueuedAnswer } from './queued-answer.ts';
import type { QueueStore } from './queue-store.ts';

/** How much of an answer a killed relay has to be told again, against how often the disk is asked to sync. */
export const QUEUE_TICK_MS = 250;

interface Finish {
  query: Compilable;
  resolve(): void;
  reject(error: unknown): void;
}

interface Written {
  log: EventLog;
  content: number;
  thinking: number;
}

/** Stores answers as they come: one transaction per tick for all that said something, and ends at once with what waits. */
export class QueueWriter {
  readonly #database: RelayDatabase;
  readonly #store: QueueStore;
  readonly #onError: (error: unknown) => void;
  readonly #tickMs: number;
  readonly #written = new WeakMap<QueuedAnswer, Written>();
  readonly #dirty = new Set<QueuedAnswer>();
  #finishes: Finish[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  /** `onError` is told of a transaction that failed; its texts are tried again with the next one. */
  constructor(
    database: RelayDatabase,
    store: QueueStore,
    { onError, tickMs = QUEUE_TICK_MS }: { onError: (error: unknown) => void; tickMs?: number | undefined },
  ) {
    this.#database = database;
    this.#store = store;
    this.#onError = onError;
    this.#tickMs = tickMs;
  }

  /** The answer is as it is stored. */
  isStored(answer: QueuedAnswer): void {
    this.#written.set(answer, measure(answer));
  }

  /** It has said more. */
  changed(answer: QueuedAnswer): void {
    this.#dirty.add(answer);
    if (!this.#flushing) this.#timer ??= setTimeout(() => void this.flush(), this.#tickMs);
  }

  /** Runs the query that stores its end; resolves when that is committed. */
  finish(answer: QueuedAnswer, query: Compilable): Promise<void> {
    this.#dirty.delete(answer);
    return new Promise((resolve, reject) => {
      this.#finishes.push({ query, resolve, reject });
      void this.flush();
    });
  }

  /** Stores all that there is now; never rejects. */
  async flush(): Promise<void> {
    await this.#flushing;
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const finishes = this.#finishes;
    this.#finishes = [];
    const dirty = [...this.#dirty].map((answer) => ({ answer, upTo: measure(answer) }));
    this.#dirty.clear();
    if (finishes.length + dirty.length === 0) return;
    try {
      await this.#database.batch([
        // Before the ends: those hold the whole text, which must win.
        ...dirty.map(({ answer }) => this.#more(answer)),
        ...finishes.map(({ query }) => query),
      ]);
      for (const { answer, upTo } of dirty) this.#written.set(answer, upTo);
      for (const { resolve } of finishes) resolve();
    } catch (error) {
      for (const { answer } of dirty) this.#dirty.add(answer);
      for (const { reject } of finishes) reject(error);
      this.#onError(error);
    }
    if (this.#dirty.size + this.#finishes.length > 0) {
      const waitMs = this.#finishes.length > 0 ? 0 : this.#tickMs;
      this.#timer ??= setTimeout(() => void this.flush(), waitMs);
    }
  }

  #more(answer: QueuedAnswer): Compilable {
    const { log, accepted } = answer;
    const before = this.#written.get(answer);
    const replaces = before?.log !== log;
    return this.#store.progressed(answer.id, {
      accepted: accepted ? 1 : 0,
      last_seq: log.last,
      replaces,
      content: replaces ? log.text : log.text.slice(before.content),
      thinking: replaces ? log.thinking : log.thinking.slice(before.thinking),
    });
  }
}

function measure({ log }: QueuedAnswer): Written {
  return { log, content: log.text.length, thinking: log.thinking.length };
}
