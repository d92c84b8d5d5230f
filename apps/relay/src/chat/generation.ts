import type { AnswerMetadata, ChatEvent, ErrorCode, ToolCall } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import { AnswerClock } from './answer-clock.ts';
import type { AnswerSink, AskedBridge, EngineFigures, MadeAnswer } from './chat-model.ts';
import { finalEvent } from './final-event.ts';
import { EventLog, type ReplaceEvent, type SaidBefore } from './event-log.ts';

export interface GenerationLimits {
  /** Characters of one answer with its reasoning: a model that never ends must not fill the memory. */
  answerCharacters: number;
  /** Silence of the model after which it is given up: longer than the largest model loads behind a short queue. */
  idleMs: number;
}
export const GENERATION_LIMITS: GenerationLimits = { answerCharacters: 2_000_000, idleMs: 15 * 60_000 };

/** Tool calls of one answer: far above what a model has reason for. */
const MAX_TOOL_CALLS = 1000;

/** How a generation ended. */
export type Outcome =
  | { status: 'complete'; totalTokens: number; bridgeId: string }
  | { status: 'stopped'; totalTokens: number }
  | { status: 'failed' | 'interrupted'; error: { code: ErrorCode; message: string; cause?: unknown } };

export interface GenerationKey {
  userId: string;
  conversationId: string;
  messageId: string;
  /** The question; undefined for an answer without one, which was imported and is continued. */
  userMessageId?: string | undefined;
}

export interface GenerationOptions {
  limits?: GenerationLimits;
  /** It goes on with an answer that says this already. */
  before?: (SaidBefore & { totalTokens: number }) | undefined;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

/** The making of one assistant message. It lives on without listeners and ends by itself, by `stop` or by `interrupt`. */
export class Generation {
  readonly key: GenerationKey;
  /** Resolves when the outcome is stored and the final event was sent. */
  readonly ended: Promise<Outcome>;
  /** What the message said before more of it was made. */
  readonly before: GenerationOptions['before'];
  readonly #log: EventLog;
  readonly #limits: GenerationLimits;
  readonly #clock: AnswerClock;
  readonly #abort = new AbortController();
  readonly #outcome = Promise.withResolvers<Outcome>();
  readonly #ended = Promise.withResolvers<Outcome>();
  readonly #listeners = new Set<() => void>();
  #status: 'queued' | 'loading' | 'streaming' = 'loading';
  #idle: NodeJS.Timeout | undefined;
  #bridge: AskedBridge | undefined;
  #figures: EngineFigures | undefined;
  #settled = false;
  #abandoned = false;
  #chunks = 0;

  constructor(key: GenerationKey, { limits = GENERATION_LIMITS, before, now }: GenerationOptions = {}) {
    const { messageId, userMessageId } = key;
    this.key = key;
    this.before = before;
    this.#limits = limits;
    this.#clock = new AnswerClock(now);
    this.#log = new EventLog({ messageId, ...(userMessageId !== undefined && { userMessageId }) }, before);
    this.ended = this.#ended.promise;
  }

  /** All of the answer, with what it said before. */
  get text(): string {
    return this.#log.text;
  }

  get thinking(): string {
    return this.#log.thinking;
  }

  get toolCalls(): readonly ToolCall[] {
    return this.#log.toolCalls;
  }

  /** What it is doing, until it has ended. */
  get status(): 'queued' | 'loading' | 'streaming' {
    return this.#status;
  }

  /** How it was made, as far as it is known. */
  get metadata(): AnswerMetadata {
    return { ...this.#bridge, ...this.#figures, ...this.#clock.times };
  }

  /** The number of the first event, which is `start`. */
  get first(): number {
    return this.#log.first;
  }

  /** The number of the newest event. */
  get last(): number {
    return this.#log.last;
  }

  /** True when `last` is the final event. */
  get isEnded(): boolean {
    return this.#log.ended;
  }

  /** The relay ends before its turn came: no final event follows, and the next relay goes on with it. */
  get isAbandoned(): boolean {
    return this.#abandoned;
  }

  /** Event number `seq`, between `first` and `last`. */
  event(seq: number): ChatEvent {
    return this.#log.at(seq);
  }

  /**
   * Where somebody goes on who has heard event `after` (0 = nothing): with event `sent + 1`, and before it with `replace`
   * when nobody knows what event `after` was.
   */
  resume(after: number): { sent: number; replace?: ReplaceEvent } {
    const { first, last } = this.#log;
    if (after === 0) return { sent: first - 1 };
    if (after >= first && after <= last) return { sent: after };
    const sent = this.isEnded ? last - 1 : last;
    return { sent, replace: this.#log.whole(sent) };
  }

  /** Calls `listener` whenever there are newer events; it may come late, the events stay. */
  follow(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** It waits until somebody is there who can answer. */
  waits(): void {
    if (this.#settled) return;
    clearTimeout(this.#idle);
    this.#status = 'queued';
    this.#log.status('queued');
    this.#notify();
  }

  /** The model is asked now. */
  asks(): void {
    if (this.#settled) return;
    this.#clock.asked();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#settle(failure('engine_timeout', 'The model was silent for too long, so its answer was given up.'));
    }, this.#limits.idleMs);
    if (this.#status !== 'queued') return;
    this.#status = 'loading';
    this.#log.status('loading');
    this.#notify();
  }

  /** Whether it has said anything itself; what was there before does not count. */
  get hasSpoken(): boolean {
    return this.#status === 'streaming';
  }

  /**
   * Lets `make` have the answer made. `said` is called after each piece, `commit` stores the outcome: only then is the
   * final event sent. Never rejects; the outcome says what went wrong.
   */
  async run(
    make: (sink: AnswerSink, signal: AbortSignal) => Promise<MadeAnswer>,
    hooks: { said(): void; commit(outcome: Outcome): Promise<void> },
  ): Promise<Outcome> {
    make(this.#sink(hooks.said), this.#abort.signal).then(
      (answer) => this.#made(answer),
      (error: unknown) => {
        const known = error instanceof RelayError;
        const code = known ? error.code : 'internal_error';
        const message = known ? error.message : 'Something went wrong in the relay. Ask again.';
        this.#settle({ status: 'failed', error: { code, message, cause: error } });
      },
    );
    let outcome = await this.#outcome.promise;
    clearTimeout(this.#idle);
    this.#clock.ended();
    if (!this.#abandoned) {
      try {
        await hooks.commit(outcome);
      } catch (cause) {
        const message = 'The answer could not be stored. What you see may be gone after a reload.';
        outcome = { status: 'failed', error: { code: 'internal_error', message, cause } };
      }
      this.#log.end(finalEvent(this.key.messageId, outcome, this.metadata));
    }
    this.#notify();
    this.#listeners.clear();
    this.#ended.resolve(outcome);
    return outcome;
  }

  /** Its person has heard enough: the engine is stopped and what was said is kept. */
  stop(): void {
    this.#settle({ status: 'stopped', totalTokens: this.#chunks + this.#tokensBefore });
  }

  /** The relay can't go on with it. */
  interrupt(reason: RelayError): void {
    this.#settle({ status: 'interrupted', error: { code: reason.code, message: reason.message } });
  }

  /** As `interrupt`, but of one that waits: it stays in the database as it is, for the next relay. */
  abandon(reason: RelayError): void {
    if (this.#settled) return;
    this.#abandoned = true;
    this.interrupt(reason);
  }

  get #tokensBefore(): number {
    return this.before?.totalTokens ?? 0;
  }

  #sink(said: () => void): AnswerSink {
    return {
      asked: (bridge) => {
        if (!this.#settled) this.#bridge = bridge;
      },
      loading: () => {
        if (this.#settled) return;
        this.#log.status('loading');
        this.#notify();
      },
      text: (content) => {
        if (content === '' || !this.#hears(content.length)) return;
        this.#clock.spoke();
        this.#chunks++;
        this.#log.chunk(content);
        this.#notify();
        said();
      },
      thinking: (content) => {
        if (content === '' || !this.#hears(content.length)) return;
        this.#clock.thought();
        this.#chunks++;
        this.#log.thought(content);
        this.#notify();
        said();
      },
      toolCall: (call) => {
        if (this.#log.toolCalls.length >= MAX_TOOL_CALLS || !this.#hears(0)) return;
        this.#log.called(call);
        this.#notify();
        said();
      },
    };
  }

  /** Whether so many more characters are taken. */
  #hears(characters: number): boolean {
    if (this.#settled) return false;
    this.#idle?.refresh();
    if (this.#log.text.length + this.#log.thinking.length + characters > this.#limits.answerCharacters) {
      const limit = this.#limits.answerCharacters.toLocaleString('en');
      this.#settle(failure('engine_error', `The answer was ended because it is longer than ${limit} characters.`));
      return false;
    }
    this.#status = 'streaming';
    return true;
  }

  #made({ totalTokens, bridgeId, figures }: MadeAnswer): void {
    if (!this.#settled) this.#figures = figures;
    this.#settle({ status: 'complete', totalTokens: totalTokens + this.#tokensBefore, bridgeId });
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
}

function failure(code: ErrorCode, message: string): Outcome {
  return { status: 'failed', error: { code, message } };
}
