import type { Compilable } from 'kysely';
import type { RelayDatabase } from '../storage/database.ts';
import type { Generation } from './generation.ts';
import type { MessageStore } from './message-store.ts';

/** How much of an answer a killed relay may lose, against how often the disk is asked to sync. */
export const TICK_MS = 250;

interface Finish {
  queries: readonly Compilable[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Stores answers as they come: one transaction per tick for all generations that said something, and final states at
 * once, together with whatever else waits. One transaction runs at a time.
 */
export class AnswerWriter {
  readonly #database: RelayDatabase;
  readonly #messages: MessageStore;
  readonly #onError: (error: unknown) => void;
  readonly #tickMs: number;
  readonly #written = new WeakMap<Generation, number>();
  readonly #dirty = new Set<Generation>();
  #finishes: Finish[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing = false;

  /** `onError` is told of a transaction that failed; its texts are tried again with the next one. */
  constructor(
    database: RelayDatabase,
    messages: MessageStore,
    { onError, tickMs = TICK_MS }: { onError: (error: unknown) => void; tickMs?: number },
  ) {
    this.#database = database;
    this.#messages = messages;
    this.#onError = onError;
    this.#tickMs = tickMs;
  }

  /** The generation has said more. */
  changed(generation: Generation): void {
    this.#dirty.add(generation);
    if (!this.#flushing) this.#timer ??= setTimeout(() => void this.#flush(), this.#tickMs);
  }

  /** Runs the queries that store the generation's final state; resolves when they are committed. */
  finish(generation: Generation, queries: readonly Compilable[]): Promise<void> {
    this.#dirty.delete(generation);
    return new Promise((resolve, reject) => {
      this.#finishes.push({ queries, resolve, reject });
      if (!this.#flushing) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = true;
    const finishes = this.#finishes;
    this.#finishes = [];
    const dirty = [...this.#dirty].map((generation) => ({ generation, text: generation.text }));
    this.#dirty.clear();
    try {
      await this.#database.batch([
        // Before the final states: those hold the whole text, which must win.
        ...dirty.map(({ generation, text }) => this.#more(generation, text)),
        ...finishes.flatMap(({ queries }) => queries),
      ]);
      for (const { generation, text } of dirty) this.#written.set(generation, text.length);
      for (const { resolve } of finishes) resolve();
    } catch (error) {
      for (const { generation } of dirty) this.#dirty.add(generation);
      for (const { reject } of finishes) reject(error);
      this.#onError(error);
    }
    this.#flushing = false;
    if (this.#finishes.length > 0) void this.#flush();
    else if (this.#dirty.size > 0) this.#timer = setTimeout(() => void this.#flush(), this.#tickMs);
  }

  #more(generation: Generation, text: string): Compilable {
    const { userId, messageId } = generation.key;
    return this.#messages.continued(userId, messageId, text.slice(this.#written.get(generation) ?? 0));
  }
}
