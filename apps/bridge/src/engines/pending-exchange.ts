import type { Exchange, ExchangeReceiver, HeaderList } from '@cloudtolocalllm/protocol';
import { GatheredBytes } from '../gathered-bytes.ts';
import type { AskedFor, ForwardedExchange } from './forwarded-exchange.ts';
import { Refusal } from './refusal.ts';

/** For what is read of a body to arrive. */
const READ_MS = 240_000;

/** Bytes of bodies that are held until it is known who gets them; shared by all exchanges of a bridge. */
export class HeldBytes {
  readonly #most: number;
  #held = 0;

  /** Some conversations with pictures at a time. */
  constructor(most = 128 * 1024 * 1024) {
    this.#most = most;
  }

  get held(): number {
    return this.#held;
  }

  /** False: there is no room for so many. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Nobody waits for the answer any more. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

interface Reader {
  enough(chunk: Buffer): boolean;
  most: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * An exchange of which is not known yet who answers it. What is read of its body is held; when nobody reads, no credit is
 * given: the other side keeps what is beyond its window.
 */
export class PendingExchange implements ExchangeReceiver {
  readonly #exchange: ForwardedExchange;
  readonly #heldBytes: HeldBytes;
  readonly #gone = new AbortController();
  #held = new GatheredBytes();
  #ended = false;
  #reader: Reader | undefined;
  #receiver: ExchangeReceiver | undefined;
  /** Credit that was given for what is held, and must not be given again. */
  #given = 0;

  constructor(exchange: ForwardedExchange, heldBytes: HeldBytes) {
    this.#exchange = exchange;
    this.#heldBytes = heldBytes;
  }

  /** Aborted when whoever asked has gone away. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get isWhole(): boolean {
    return this.#ended;
  }

  /** What has come of the body, or all of it. */
  get body(): Buffer {
    return this.#held.whole();
  }

  /** For whoever answers: it gives credit for each byte but once. */
  get exchange(): Exchange {
    const exchange = this.#exchange;
    return {
      id: exchange.id,
      head: (status, headers) => exchange.head(status, headers),
      write: (chunk) => exchange.write(chunk),
      end: () => exchange.end(),
      reset: (code, reason) => exchange.reset(code, reason),
      consumed: (bytes) => {
        const known = Math.min(bytes, this.#given);
        this.#given -= known;
        if (bytes > known) exchange.consumed(bytes - known);
      },
    };
  }

  /** Whom it asks. */
  about(asked: AskedFor): void {
    this.#exchange.about?.(asked);
  }

  /**
   * Reads on until `enough` says so of a chunk, or the body is over. Throws Refusal too_large, rate_limited or bad_request,
   * Gone.
   */
  async read(enough: (chunk: Buffer) => boolean, most: number): Promise<void> {
    this.#giveCredit();
    if (this.#ended) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#reader = { enough, most, resolve, reject };
    const timer = setTimeout(() => this.#stopReading(tooSlow()), READ_MS);
    await promise.finally(() => clearTimeout(timer));
  }

  /** From now on this one gets what comes, beginning with what was held. */
  handOver(receiver: ExchangeReceiver, { withBody = true } = {}): void {
    this.#receiver = receiver;
    const blocks = this.#held.blocks();
    this.#forget();
    if (!withBody) return;
    for (const block of blocks) receiver.data(block);
    if (this.#ended) receiver.end();
  }

  /** The bridge's own answer; what still comes of the body is of no interest. */
  answer(status: number, headers: HeaderList, body: string): void {
    if (this.signal.aborted) return;
    this.#drop();
    this.#exchange.head(status, headers);
    this.#exchange.write(Buffer.from(body));
    this.#exchange.end();
  }

  /** An error of the bridge's own, in the dialect of the path. */
  refuse(refusal: Refusal, path: string): void {
    if (refusal.code === 'policy_denied' || refusal.code === 'engine_unreachable') {
      this.#drop();
      this.#exchange.reset(refusal.code, refusal.message);
      return;
    }
    const { retryAfterSeconds: seconds } = refusal;
    const headers = ['content-type', 'application/json; charset=utf-8'];
    if (seconds !== undefined) headers.push('retry-after', String(seconds));
    this.answer(refusal.status, headers, JSON.stringify(refusal.bodyFor(path)));
  }

  // From the link

  data(chunk: Buffer): void {
    if (this.#receiver) return this.#receiver.data(chunk);
    const reader = this.#reader;
    if (!this.#heldBytes.take(chunk.length)) {
      if (reader) this.#stopReading(busy());
      else this.#refuseBusy();
      return;
    }
    this.#held.push(chunk);
    if (!reader) return;
    if (this.#held.length > reader.most) return this.#stopReading(tooLarge(reader.most));
    this.#giveCredit();
    if (reader.enough(chunk)) this.#stopReading();
  }

  end(): void {
    if (this.#receiver) return this.#receiver.end();
    this.#ended = true;
    this.#stopReading();
  }

  reset(...[code, reason]: Parameters<ExchangeReceiver['reset']>): void {
    this.#gone.abort();
    if (this.#receiver) return this.#receiver.reset(code, reason);
    this.#drop();
    this.#stopReading(new Gone('nobody waits for the answer'));
  }

  drain(): void {
    this.#receiver?.drain?.();
  }

  /** While it waited for its turn, others have taken the room. */
  #refuseBusy(): void {
    this.#gone.abort();
    this.#drop();
    this.#exchange.reset('refused', busy().message);
  }

  #stopReading(error?: unknown): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (error === undefined) reader?.resolve();
    else reader?.reject(error);
  }

  /** For all that is held. */
  #giveCredit(): void {
    const bytes = this.#held.length - this.#given;
    this.#given = this.#held.length;
    if (bytes > 0) this.#exchange.consumed(bytes);
  }

  #drop(): void {
    this.#giveCredit();
    this.#forget();
    this.#receiver = {
      data: (chunk) => this.#exchange.consumed(chunk.length),
      end() {},
      reset() {},
    };
  }

  #forget(): void {
    this.#heldBytes.give(this.#held.length);
    this.#held = new GatheredBytes();
  }
}

function busy(): Refusal {
  return new Refusal('rate_limited', 'Too many large requests are held on this computer. Try again in a moment.', 1);
}

function tooLarge(most: number): Refusal {
  return new Refusal('too_large', `The request is larger than the ${most} bytes that this bridge looks through.`);
}

function tooSlow(): Refusal {
  return new Refusal('bad_request', `The request did not arrive within ${READ_MS / 1000} seconds.`);
}
