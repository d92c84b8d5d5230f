import { ERROR_STATUS, type ChatEvent, type ErrorCode } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import type { ChatModel, GenerateRequest } from './chat-model.ts';
import { EventLog } from './event-log.ts';

export interface GenerationLimits {
  /** Characters of one answer: a model that never ends must not fill the memory. */
  answerCharacters: number;
  /** Silence of the model after which it is given up: longer than the largest model loads behind a short queue. */
  idleMs: number;
}
export const GENERATION_LIMITS: GenerationLimits = { answerCharacters: 2_000_000, idleMs: 15 * 60_000 };

/** How a generation ended. */
export type Outcome =
  | { status: 'complete'; totalTokens: number; bridgeId: string }
  | { status: 'stopped'; totalTokens: number }
  | { status: 'failed' | 'interrupted'; error: { code: ErrorCode; message: string; cause?: unknown } };

export interface GenerationKey {
  userId: string;
  conversationId: string;
  messageId: string;
  userMessageId: string;
}

/** The making of one assistant message. It lives on without listeners and ends by itself, by `stop` or by `interrupt`. */
export class Generation {
  readonly key: GenerationKey;
  /** Resolves when the outcome is stored and the final event was sent. */
  readonly ended: Promise<Outcome>;
  readonly #log: EventLog;
  readonly #limits: GenerationLimits;
  readonly #abort = new AbortController();
  readonly #outcome = Promise.withResolvers<Outcome>();
  readonly #ended = Promise.withResolvers<Outcome>();
  readonly #listeners = new Set<() => void>();
  #settled = false;
  #chunks = 0;

  constructor(key: GenerationKey, limits: GenerationLimits = GENERATION_LIMITS) {
    this.key = key;
    this.#limits = limits;
    this.#log = new EventLog({ messageId: key.messageId, userMessageId: key.userMessageId });
    this.ended = this.#ended.promise;
  }

  get text(): string {
    return this.#log.text;
  }

  /** The number of the newest event; the first one, `start`, is 1. */
  get last(): number {
    return this.#log.last;
  }

  /** True when `last` is the final event. */
  get isEnded(): boolean {
    return this.#log.ended;
  }

  /** Event number `seq`, between 1 and `last`. */
  event(seq: number): ChatEvent {
    return this.#log.at(seq);
  }

  /** Calls `listener` whenever there are newer events; it may come late, the events stay. */
  follow(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /**
   * Lets the model answer. `said` is called after each piece, `commit` stores the outcome: only then is the final event
   * sent. Never rejects; the outcome says what went wrong.
   */
  async run(
    model: ChatModel,
    request: Omit<GenerateRequest, 'signal'>,
    hooks: { said(): void; commit(outcome: Outcome): Promise<void> },
  ): Promise<Outcome> {
    const idle = setTimeout(() => {
      this.#settle(failure('engine_timeout', 'The model was silent for too long, so its answer was given up.'));
    }, this.#limits.idleMs);
    const sink = {
      loading: () => {
        if (this.#settled) return;
        this.#log.status();
        this.#notify();
      },
      text: (content: string) => {
        if (this.#settled || content === '') return;
        idle.refresh();
        this.#say(content);
        hooks.said();
      },
    };
    model.generate({ ...request, signal: this.#abort.signal }, sink).then(
      (made) => this.#settle({ status: 'complete', ...made }),
      (error: unknown) => {
        const known = error instanceof RelayError;
        const code = known ? error.code : 'internal_error';
        const message = known ? error.message : 'Something went wrong in the relay. Ask again.';
        this.#settle({ status: 'failed', error: { code, message, cause: error } });
      },
    );
    let outcome = await this.#outcome.promise;
    clearTimeout(idle);
    try {
      await hooks.commit(outcome);
    } catch (cause) {
      const message = 'The answer could not be stored. What you see may be gone after a reload.';
      outcome = { status: 'failed', error: { code: 'internal_error', message, cause } };
    }
    this.#log.end(this.#finalEvent(outcome));
    this.#notify();
    this.#listeners.clear();
    this.#ended.resolve(outcome);
    return outcome;
  }

  /** Its person has heard enough: the engine is stopped and what was said is kept. */
  stop(): void {
    this.#settle({ status: 'stopped', totalTokens: this.#chunks });
  }

  /** The relay can't go on with it. */
  interrupt(reason: RelayError): void {
    this.#settle({ status: 'interrupted', error: { code: reason.code, message: reason.message } });
  }

  #say(content: string): void {
    if (this.#log.text.length + content.length > this.#limits.answerCharacters) {
      const limit = this.#limits.answerCharacters.toLocaleString('en');
      this.#settle(failure('engine_error', `The answer was ended because it is longer than ${limit} characters.`));
      return;
    }
    this.#chunks++;
    this.#log.chunk(content);
    this.#notify();
  }

  /** The first one to settle wins; the engine is always told, and what it still says is not heard. */
  #settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#outcome.resolve(outcome);
    if (outcome.status !== 'complete') this.#abort.abort();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #finalEvent(outcome: Outcome): Extract<ChatEvent, { type: 'complete' | 'error' }> {
    const { messageId } = this.key;
    if (outcome.status === 'complete' || outcome.status === 'stopped') {
      return { type: 'complete', messageId, totalTokens: outcome.totalTokens, status: outcome.status };
    }
    const { code, message } = outcome.error;
    return { type: 'error', messageId, error: code, message, code: ERROR_STATUS[code] };
  }
}

function failure(code: ErrorCode, message: string): Outcome {
  return { status: 'failed', error: { code, message } };
}
