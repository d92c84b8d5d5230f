import type { IncomingMessage, ServerResponse } from 'node:http';
import { RelayError } from '../errors.ts';

export interface HeldBodiesLimits {
  /** Of one body: a long conversation with some pictures. */
  bodyBytes: number;
  /** Of all bodies that are held at a time. */
  totalBytes: number;
  /** For a body to arrive: the largest at 70 KB a second. */
  bodyMs: number;
}
export const HELD_BODIES_LIMITS: HeldBodiesLimits = {
  bodyBytes: 16 * 1024 * 1024,
  totalBytes: 128 * 1024 * 1024,
  bodyMs: 240_000,
};

/** Bodies that are read whole before anything of them goes on, within a limit for all of them together. */
export class HeldBodies {
  readonly #limits: HeldBodiesLimits;
  readonly #which: string;
  #heldBytes = 0;

  /** `which`: of the bodies, in the words of an error. */
  constructor(
    limits: HeldBodiesLimits = HELD_BODIES_LIMITS,
    which = 'that may come with a key that is narrowed to some models',
  ) {
    this.#limits = limits;
    this.#which = which;
  }

  /** Of bodies whose answers have not ended. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * The whole body; it counts as held until its answer ends.
   * @throws RelayError payload_too_large; rate_limited when too much is held for others; request_timeout;
   *   bad_request when it breaks off.
   */
  async read(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
    if (request.destroyed || response.destroyed) throw brokenOff(); // it went away before: nothing will tell
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer): void => {
      const problem = this.#problem(length + chunk.length, chunk.length);
      if (problem !== undefined) return reject(problem);
      length += chunk.length;
      this.#heldBytes += chunk.length;
      chunks.push(chunk);
    };
    const onEnd = (): void => resolve(Buffer.concat(chunks, length));
    const onBroken = (): void => reject(brokenOff());
    response.once('close', () => (this.#heldBytes -= length));
    const announced = this.#problem(Number(request.headers['content-length'] ?? 0), 0);
    if (announced !== undefined) throw announced;
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
    const { bodyMs } = this.#limits;
    const timer = setTimeout(() => reject(tooSlow(bodyMs)), bodyMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onBroken);
    }
  }

  #problem(bodyBytes: number, moreBytes: number): RelayError | undefined {
    const { bodyBytes: most, totalBytes } = this.#limits;
    if (bodyBytes > most) {
      return new RelayError('payload_too_large', `The body is larger than the ${most} bytes ${this.#which}.`);
    }
    if (this.#heldBytes + moreBytes <= totalBytes) return undefined;
    const message = 'Too many large requests are being checked at the moment. Try again in a moment.';
    return new RelayError('rate_limited', message, { retryAfter: 1 });
  }
}

function tooSlow(bodyMs: number): RelayError {
  return new RelayError('request_timeout', `The body did not arrive whole within ${Math.ceil(bodyMs / 1000)} seconds.`);
}

function brokenOff(): RelayError {
  return new RelayError('bad_request', 'The request broke off.');
}
