import { Transform, type TransformCallback } from 'node:stream';
import { GatheredBytes } from '../gathered-bytes.ts';

/** A question with a picture or two: kept until the relay has taken the token, to be sent again with a new one. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Lets a request's body through and keeps its beginning for a second try. */
export class KeptBody extends Transform {
  readonly #limit: number;
  #kept: GatheredBytes | undefined = new GatheredBytes();
  #bytes = 0;

  /** @param limit bytes that may pass at all; more end it with an error. */
  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  /** All that comes, for a second try; undefined when that is more than is kept, or it broke off. */
  async whole(): Promise<Buffer | undefined> {
    this.unpipe();
    this.resume();
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const event of ['finish', 'close', 'too-much']) this.once(event, () => resolve());
    if (this.#kept && !this.writableFinished && !this.destroyed) await promise;
    return this.#kept && this.writableFinished ? this.#kept.whole() : undefined;
  }

  /** It will not be needed again. */
  letGo(): void {
    this.#kept = undefined;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limit) return done(new BodyTooLarge(`The body is longer than ${this.#limit} bytes.`));
    if (this.#kept && this.#bytes > MAX_KEPT_BYTES) {
      this.letGo();
      this.emit('too-much');
    }
    this.#kept?.push(chunk);
    done(undefined, chunk);
  }
}

/** More than is let through. */
export class BodyTooLarge extends Error {}
