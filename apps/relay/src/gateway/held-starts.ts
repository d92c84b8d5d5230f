import type { IncomingMessage, ServerResponse } from 'node:http';
import { RelayError } from '../errors.ts';
import { BodyFields } from '@cloudtolocalllm/protocol/bodies';

export interface HeldStartsLimits {
  /** Of one body, until its model is known: some pictures before it. */
  startBytes: number;
  /** Of a body that is kept whole, so that another bridge can be asked: a long conversation without pictures. */
  wholeBytes: number;
  /** Of all bodies at a time; when it is used up nothing is waited for any more. */
  totalBytes: number;
  /** For the model to arrive. */
  holdMs: number;
}
export const HELD_STARTS_LIMITS: HeldStartsLimits = {
  startBytes: 1024 * 1024,
  wholeBytes: 64 * 1024,
  totalBytes: 128 * 1024 * 1024,
  holdMs: 30_000,
};

/** What has come of a body. */
export interface HeldStart {
  /** What it says of itself, as far as it has come. */
  fields: BodyFields;
  chunks: readonly Buffer[];
  /** Nothing more comes. If not, the request is paused. */
  isWhole: boolean;
}

const NO_BODY: readonly Buffer[] = [];

/** The beginnings of bodies, held back until they say which model they are for. */
export class HeldStarts {
  readonly #limits: HeldStartsLimits;
  #heldBytes = 0;

  constructor(limits: HeldStartsLimits = HELD_STARTS_LIMITS) {
    this.#limits = limits;
  }

  /** Of bodies that were not given back, or whose answers have not ended. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Reads until `model` is known, or can't become known within the limits: that is no error. `modelNames`: see BodyFields.
   * @throws RelayError bad_request when the request breaks off.
   */
  async read(request: IncomingMessage, response: ServerResponse, modelNames?: ReadonlySet<string>): Promise<HeldStart> {
    const fields = new BodyFields(modelNames);
    if (!hasBody(request)) return { fields, chunks: NO_BODY, isWhole: true };
    if (request.destroyed || response.destroyed) throw brokenOff(); // it went away before: nothing will tell
    const { startBytes, wholeBytes, totalBytes, holdMs } = this.#limits;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const announced = Number(request.headers['content-length'] ?? NaN);
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (isWhole: boolean): void => {
      // At once: the next piece would be lost.
      request.off('data', onData);
      if (!isWhole) request.pause();
      resolve(isWhole);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      this.#heldBytes += chunk.length;
      fields.write(chunk);
      if (length === announced && length <= wholeBytes) settle(true);
      else if (fields.sawModel || fields.done || length >= startBytes || this.#heldBytes >= totalBytes) settle(false);
    };
    const onEnd = (): void => settle(true);
    const onBroken = (): void => reject(brokenOff());
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
    const timer = setTimeout(settle, holdMs, false);
    let isWhole = false;
    try {
      isWhole = await promise;
    } finally {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onBroken);
      if (isWhole) response.once('close', () => (this.#heldBytes -= length));
      else this.#heldBytes -= length; // it goes on, or is forgotten
    }
    if (isWhole) fields.end();
    return { fields, chunks, isWhole };
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function brokenOff(): RelayError {
  return new RelayError('bad_request', 'The request broke off.');
}
