import type { ErrorCode } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { AnswerSink, ChatModel, MadeAnswer, WantedModel } from './chat-model.ts';
import type { Generation } from './generation.ts';
import type { MessageStore } from './message-store.ts';
import { makePrompt, type PromptStores } from './prompt.ts';
import type { WaitingAnswers } from './waiting-answers.ts';

/** After the first vain try of an answer that may wait; doubled with each. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** What says that nobody is there who can answer: who may wait does so then, also for the next relay. */
const NOBODY_THERE: ReadonlySet<ErrorCode> = new Set([
  'bridge_offline',
  'engine_unreachable',
  'model_not_found',
  'shutting_down',
]);

/** What a generation holds until it has ended: its place among those that wait, or one of its user's streams. */
export class Hold {
  #held: Disposable | undefined;

  constructor(held?: Disposable) {
    this.#held = held;
  }

  /** Instead of what it held. */
  put(held: Disposable | undefined): void {
    const before = this.#held;
    this.#held = held;
    before?.[Symbol.dispose]();
  }
}

/** An answer that is to be made. */
export interface AnswerTask {
  generation: Generation;
  model: string;
  /** The one bridge that shall answer, and the only ones that may. */
  named?: string | undefined;
  bridges?: ReadonlySet<string> | undefined;
  /** Absent: it may not wait. */
  wait?: { created: string; expires: string };
  hold: Hold;
}

export interface AnswerMakerOptions {
  database: Pick<RelayDatabase, 'batch'>;
  stores: PromptStores & { messages: Pick<MessageStore, 'said' | 'begun'> };
  model: ChatModel;
  waiting: Pick<WaitingAnswers, 'turn' | 'place'>;
  promptCharacters: number;
  /** It waits, or has stopped waiting, and the database says so. */
  changed(generation: Generation): void;
}

/** Has answers made: when it is their turn, and again when nobody was there and they may wait. */
export class AnswerMaker {
  readonly #options: AnswerMakerOptions;

  constructor(options: AnswerMakerOptions) {
    this.#options = options;
  }

  /** Whether somebody is there who could answer now. */
  mayAnswer(wanted: WantedModel): boolean {
    return this.#options.model.mayAnswer?.(wanted) ?? true;
  }

  /** Throws RelayError, or the signal's reason. */
  async make(task: AnswerTask, sink: AnswerSink, signal: AbortSignal): Promise<MadeAnswer> {
    const { generation, model, named, bridges } = task;
    const { userId, conversationId } = generation.key;
    for (let tries = 0; ; tries++) {
      if (generation.status === 'queued') await this.#wait(task, signal, tries);
      generation.asks();
      const { stores, promptCharacters } = this.#options;
      const { bridgeId, messages, options } = await makePrompt(stores, generation.key, promptCharacters);
      signal.throwIfAborted();
      try {
        return await this.#options.model.generate(
          { userId, conversationId, model, named, bridges, bridgeId, messages, options, signal },
          sink,
        );
      } catch (error) {
        const isOffline = error instanceof RelayError && NOBODY_THERE.has(error.code);
        if (!task.wait || !isOffline || generation.hasSpoken || signal.aborted) throw error;
        await this.#waitAgain(task, task.wait.expires);
      }
    }
  }

  async #wait({ generation, model, named, bridges, wait, hold }: AnswerTask, signal: AbortSignal, tries: number) {
    if (!wait) throw new Error('Cannot wait: the answer may not');
    const { userId } = generation.key;
    const mayAnswer = (): boolean => this.mayAnswer({ userId, model, named, bridges });
    const delayMs = tries === 0 ? 0 : Math.min(RETRY_MS * 2 ** (tries - 1), MAX_RETRY_MS);
    hold.put(await this.#options.waiting.turn({ userId, ...wait, mayAnswer, signal, delayMs }));
    signal.throwIfAborted();
    // Before the engine is asked: a relay that is killed from now on does not ask again unasked.
    await this.#store(generation, 'loading', null);
    signal.throwIfAborted();
  }

  async #waitAgain({ generation, hold }: AnswerTask, expires: string): Promise<void> {
    hold.put(this.#options.waiting.place(generation.key.userId, true));
    await this.#store(generation, 'queued', expires);
    generation.waits();
  }

  async #store(generation: Generation, status: 'queued' | 'loading', expires: string | null): Promise<void> {
    const { database, stores, changed } = this.#options;
    const { userId, messageId } = generation.key;
    // With the number of the `status` event that follows when it is stored.
    const last_seq = generation.last + 1;
    await database.batch([stores.messages.begun(userId, messageId, { status, expires, last_seq })]);
    changed(generation);
  }
}
