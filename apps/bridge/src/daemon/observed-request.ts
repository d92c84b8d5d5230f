import type { AskedFor } from '../engines/forwarded-exchange.ts';
import { printable } from '../printable.ts';
import {
  answerSpeed,
  endsInError,
  generates,
  guessedSpeed,
  modelIn,
  START_BYTES,
  TAIL_BYTES,
  type Speed,
} from './answer-speed.ts';

/** Of what a relay or an engine calls things, this much is shown. */
const MAX_CHARACTERS = 120;

/** What is known of a request: where, when, how much. Never a word of what was asked or said. */
export interface RequestRecord {
  id: number;
  /** In ms since 1970. */
  startedAt: number;
  method: string;
  /** Without its query. */
  path: string;
  model: string | undefined;
  engine: string | undefined;
  /** Of the engine's answer; undefined until there is one. */
  status: number | undefined;
  durationMs: number;
  /** Of the answer, towards the relay. */
  bytes: number;
  speed: Speed | undefined;
  /** A code: `policy_denied`, `engine_unreachable`, `cancelled`, `http_500`… */
  error: string | undefined;
}

/** What is known of a request when it begins. */
export interface RequestFacts extends AskedFor {
  method: string;
  path: string;
}

/**
 * One request from its beginning to its end. On the way of a token it counts and keeps the last two pieces by reference;
 * they are read once, at the end.
 */
export class ObservedRequest {
  readonly #id: number;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #method: string;
  readonly #path: string;
  readonly #generates: boolean;
  readonly #done: (request: ObservedRequest) => void;
  #model: string | undefined;
  #engine: string | undefined;
  #status: number | undefined;
  #bytes = 0;
  #pieces = 0;
  #firstAt = 0;
  #first: Uint8Array | undefined;
  #last: Uint8Array | undefined;
  #beforeLast: Uint8Array | undefined;
  #ended: RequestRecord | undefined;

  constructor(id: number, facts: RequestFacts, now: () => number, done: (request: ObservedRequest) => void) {
    this.#id = id;
    this.#now = now;
    this.#startedAt = now();
    this.#method = shown(facts.method);
    const [path = ''] = facts.path.split('?', 1);
    this.#path = shown(path);
    this.#generates = generates(path);
    this.#done = done;
    this.about(facts);
  }

  /** As now, or as it was when it ended. */
  get record(): RequestRecord {
    return this.#ended ?? this.#record(this.#generates ? guessedSpeed(this.#pace()) : undefined, undefined);
  }

  /** Which model it asks, and which engine it was sent to. */
  about({ model, engine }: AskedFor): void {
    if (model !== undefined) this.#model = shown(model);
    if (engine !== undefined) this.#engine = shown(engine);
  }

  answered(status: number): void {
    this.#status = status;
  }

  /** A piece of the answer, which is not changed afterwards. */
  wrote(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (!this.#generates) return;
    if (this.#pieces++ === 0) {
      this.#firstAt = this.#now();
      this.#first = chunk;
    }
    this.#beforeLast = this.#last;
    this.#last = chunk;
  }

  /** It is over; `error` is a code, unless the engine itself has said what was wrong. What is told later is ignored. */
  ended(error?: string): void {
    if (this.#ended) return;
    const tail = text(this.#beforeLast, -TAIL_BYTES) + text(this.#last, -TAIL_BYTES);
    this.#model ??= this.#modelSaid();
    const failed = (this.#status ?? 200) >= 400 ? `http_${this.#status}` : undefined;
    const broken = this.#generates && endsInError(tail) ? 'engine_error' : undefined;
    const speed = this.#generates ? answerSpeed(tail.slice(-TAIL_BYTES), this.#pace()) : undefined;
    this.#ended = this.#record(failed || broken ? undefined : speed, failed ?? broken ?? error);
    this.#first = this.#last = this.#beforeLast = undefined;
    this.#done(this);
  }

  #pace(): { pieces: number; milliseconds: number } {
    return { pieces: this.#pieces, milliseconds: this.#pieces === 0 ? 0 : this.#now() - this.#firstAt };
  }

  #modelSaid(): string | undefined {
    const model = modelIn(text(this.#first, START_BYTES));
    return model === undefined ? undefined : shown(model);
  }

  #record(speed: Speed | undefined, error: string | undefined): RequestRecord {
    return {
      id: this.#id,
      startedAt: this.#startedAt,
      method: this.#method,
      path: this.#path,
      model: this.#model ?? this.#modelSaid(),
      engine: this.#engine,
      status: this.#status,
      durationMs: Math.max(0, this.#now() - this.#startedAt), // a clock may be set back
      bytes: this.#bytes,
      speed,
      error,
    };
  }
}

/** The first so many bytes of a piece, or the last with a negative number. */
function text(piece: Uint8Array | undefined, bytes: number): string {
  if (piece === undefined) return '';
  const part = bytes < 0 ? piece.subarray(bytes) : piece.subarray(0, bytes);
  return Buffer.from(part.buffer, part.byteOffset, part.length).toString();
}

function shown(value: string): string {
  return printable(value.slice(0, MAX_CHARACTERS));
}
