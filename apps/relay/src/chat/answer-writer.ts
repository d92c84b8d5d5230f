import type { Compilable } from 'kysely';
import type { RelayDatabase } from '../storage/database.ts';
import type { Generation } from './generation.ts';
import type { MessageStore, MoreOfMessage } from './message-store.ts';

/** How much of an answer a killed relay may lose, against how often the disk is asked to sync. */
export const TICK_MS = 250;

interface Finish {
  generation: Generation;
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
  readonly #onFirst: (generation: Generation) => void;
  readonly #tickMs: number;
  readonly #written = new WeakMap<Generation, { content: number; thinking: number }>();
  readonly #dirty = new Set<Generation>();
  #finishes: Finish[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing = false;

  /**
   * `onError` is told of a transaction that failed; its texts are tried again with the next one. `onFirst` is told when
   * the first of what a generation said is stored.
   */
  constructor(
    database: RelayDatabase,
    messages: MessageStore,
    {
      onError,
      onFirst = () => {},
      tickMs = TICK_MS,
    }: { onError: (error: unknown) => void; onFirst?: (generation: Generation) => void; tickMs?: number },
  ) {
    this.#database = database;
    this.#messages = messages;
    this.#onError = onError;
    this.#onFirst = onFirst;
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
      this.#finishes.push({ generation, queries, resolve, reject });
      if (!this.#flushing) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = true;
    const finishes = this.#finishes;
    this.#finishes = [];
    const dirty = [...this.#dirty].map((generation) => ({ generation, said: saidBy(generation) }));
    this.#dirty.clear();
    try {
      await this.#database.batch([
        // Before the final states: those hold the whole text, which must win.
        ...dirty.map(({ generation, said }) => this.#more(generation, said)),
        ...finishes.flatMap(({ queries }) => queries),
      ]);
      for (const { generation, said } of dirty) {
        const isFirst = !this.#written.has(generation);
        this.#written.set(generation, { content: said.content.length, thinking: said.thinking.length });
        if (isFirst) this.#onFirst(generation);
      }
      for (const { resolve } of finishes) resolve();
    } catch (error) {
      for (const { generation } of dirty) this.#dirty.add(generation);
      for (const { generation, reject } of finishes) {
        // Its end is lost, but not what was said: it is stored as soon as that can be.
        this.#dirty.add(generation);
        reject(error);
      }
      this.#onError(error);
    }
    this.#flushing = false;
    if (this.#finishes.length > 0) void this.#flush();
    else if (this.#dirty.size > 0) this.#timer = setTimeout(() => void this.#flush(), this.#tickMs).unref();
  }

  #more(generation: Generation, { content, thinking, ...rest }: MoreOfMessage): Compilable {
    const { key, before } = generation;
    const written = this.#written.get(generation);
    return this.#messages.continued(key.userId, key.messageId, {
      content: content.slice(written?.content ?? before?.content.length ?? 0),
      thinking: thinking.slice(written?.thinking ?? before?.thinking.length ?? 0),
      ...rest,
    });
  }
}

/** All of it, up to its newest event. */
export function saidBy({ text, thinking, toolCalls, last }: Generation): MoreOfMessage {
  return { content: text, thinking, toolCalls, lastSeq: last };
}
