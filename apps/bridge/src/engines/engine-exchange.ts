import type { ResetCode } from '@cloudtolocalllm/protocol';
import { answerFigures } from './answer-figures.ts';

/** One exchange with an engine, from when it was asked for to its end. */
export interface EngineExchange {
  readonly id: number;
  readonly engine: string;
  readonly method: string;
  readonly path: string;
  /** As far as it is known. */
  readonly model: string | undefined;
  readonly state: 'waiting' | 'running' | 'over';
  /** In ms since 1970. */
  readonly askedAt: number;
  readonly beganAt: number | undefined;
  readonly firstByteAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Of the answer, as the engine sends it. */
  readonly bytes: number;
  /** Undefined when it ended well, or was not wanted any more. */
  readonly failure: ResetCode | undefined;
  /** What the engine says of a whole answer: tokens, and per second. */
  readonly tokens: number | undefined;
  readonly tokensPerSecond: number | undefined;
}

/** Told of every exchange when it is asked for, when it begins and when it is over. */
export type ExchangeObserver = (exchange: EngineExchange) => void;

/** Of a piece of an answer, for the figures at its end. */
const MAX_KEPT_BYTES = 2048;

interface Asked {
  engine: string;
  method: string;
  path: string;
  model?: string | undefined;
}

/** Keeps account of one exchange. Nothing of what is said is kept but the end, for its figures, until they are read. */
export class ExchangeAccount implements EngineExchange {
  static #count = 0;
  readonly id = ++ExchangeAccount.#count;
  readonly engine: string;
  readonly method: string;
  readonly path: string;
  readonly model: string | undefined;
  readonly askedAt = Date.now();
  state: EngineExchange['state'] = 'waiting';
  beganAt: number | undefined;
  firstByteAt: number | undefined;
  endedAt: number | undefined;
  bytes = 0;
  failure: ResetCode | undefined;
  tokens: number | undefined;
  tokensPerSecond: number | undefined;
  readonly #observer: ExchangeObserver | undefined;
  #last: Buffer | undefined;
  #beforeLast: Buffer | undefined;

  constructor({ engine, method, path, model }: Asked, observer: ExchangeObserver | undefined) {
    this.engine = engine;
    this.method = method;
    this.path = path;
    this.model = model;
    this.#observer = observer;
  }

  waits(): void {
    this.#observer?.(this);
  }

  begins(): void {
    this.state = 'running';
    this.beganAt = Date.now();
    this.#observer?.(this);
  }

  said(chunk: Buffer): void {
    this.firstByteAt ??= Date.now();
    this.bytes += chunk.length;
    this.#beforeLast = this.#last;
    this.#last = chunk.length > MAX_KEPT_BYTES ? Buffer.from(chunk.subarray(-MAX_KEPT_BYTES)) : chunk;
  }

  ends(failure?: ResetCode): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.endedAt = Date.now();
    this.failure = failure;
    if (this.#observer === undefined) return;
    const figures = answerFigures(this.#beforeLast, this.#last);
    this.#beforeLast = this.#last = undefined;
    this.tokens = figures.tokens;
    const seconds = figures.seconds ?? (this.endedAt - (this.firstByteAt ?? this.endedAt)) / 1000;
    if (this.tokens !== undefined && seconds > 0) this.tokensPerSecond = this.tokens / seconds;
    this.#observer(this);
  }
}
