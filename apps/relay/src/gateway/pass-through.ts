import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, ExchangeReceiver, ResetCode } from '@cloudtolocalllm/protocol';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import type { RelayError } from '../errors.ts';
import { resetError } from '../bridges/reset-error.ts';
import { clientHeaders, engineHeaders } from './headers.ts';

/** Another origin's content stays harmless, whatever its type says. */
const SAFE_HEADERS = [
  'content-security-policy',
  "sandbox; default-src 'none'",
  'x-content-type-options',
  'nosniff',
  'cache-control',
  'no-store',
  'x-accel-buffering',
  'no',
];
/** A view that is kept pins the whole message it lies in: one this much smaller is copied when it has to wait. */
const COPY_BELOW = 4;

export interface PassThroughOptions {
  link: BridgeLink;
  /** Path and query as the engine shall see them. */
  path: string;
  request: IncomingMessage;
  /** The request's whole body when it has been read already. */
  body?: Buffer | undefined;
  /** Headers that were set on it (request id, limits, CORS) go out with the engine's. */
  response: ServerResponse;
  /** Answers in the caller's dialect when nothing was sent yet. */
  fail(error: RelayError): void;
}

/**
 * Carries an HTTP request to the engine behind a bridge and its answer back, byte by byte, each side no faster than the
 * other takes it. A client that goes away resets the exchange.
 */
export class PassThrough implements ExchangeReceiver {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: PassThroughOptions;
  readonly #exchange: Exchange;
  /** Written while the response's buffer was full: consumed when it drains. */
  #waiting = 0;
  /** What its Content-Length says that the body has; undefined when the answer has none, or no body. */
  #promised: number | undefined;
  #received = 0;
  #over = false;

  /** Opens the exchange; everything after comes from the client and the bridge. Throws RelayError. */
  static begin(options: PassThroughOptions): PassThrough {
    return new PassThrough(options);
  }

  private constructor(options: PassThroughOptions) {
    const { link, path, request, body, response } = options;
    this.#options = options;
    this.#request = request;
    this.#response = response;
    this.#exchange = link.open(
      { method: request.method ?? 'GET', path, headers: engineHeaders(request.rawHeaders) },
      this,
    );
    if (body !== undefined) {
      this.#exchange.write(body); // it is in memory anyway: nothing to hold back
      this.#exchange.end();
    } else {
      request
        .on('data', (chunk: Buffer) => {
          if (!this.#over && !this.#exchange.write(chunk)) request.pause();
        })
        .on('end', () => this.#exchange.end())
        .on('error', () => this.#exchange.reset('cancelled', 'the request broke off'));
    }
    response
      .on('drain', () => {
        const bytes = this.#waiting;
        this.#waiting = 0;
        this.#exchange.consumed(bytes);
      })
      .on('close', () => {
        if (!this.#over) this.#exchange.reset('cancelled', 'the client went away');
        this.#over = true;
      });
  }

  head(status: number, headers: readonly string[]): void {
    const kept = clientHeaders(headers);
    const isBodiless = this.#request.method === 'HEAD' || status === 204 || status === 304;
    if (status === 204) kept.delete('content-length'); // RFC 9110, 8.6
    const promised = kept.get('content-length');
    if (promised !== undefined && !isBodiless) this.#promised = Number(promised);
    this.#response.writeHead(status, [...SAFE_HEADERS, ...[...kept].flat()]);
    // The first bytes mostly come with the head and go out with it; if not, the client sees that it was heard.
    setImmediate(() => {
      if (this.#received === 0 && !this.#over) this.#response.flushHeaders();
    });
  }

  data(chunk: Buffer): void {
    const response = this.#response;
    this.#received += chunk.length;
    // Beyond its length it would be taken for the beginning of the next answer on this connection.
    if (this.#promised !== undefined && this.#received > this.#promised)
      return this.#break('longer than its Content-Length');
    const waits = response.writableLength > 0;
    const kept = waits && chunk.length * COPY_BELOW < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
    if (response.write(kept)) this.#exchange.consumed(chunk.length);
    else this.#waiting += chunk.length;
  }

  end(): void {
    if (this.#promised !== undefined && this.#received < this.#promised)
      return this.#break('shorter than its Content-Length');
    this.#finish();
    this.#response.end();
    // The engine answered without wanting the rest of the body.
    if (!this.#request.complete) this.#exchange.reset('cancelled', 'answered before the body was complete');
  }

  reset(code: ResetCode, reason: string): void {
    if (this.#over) return; // the answer is whole; it is the request that broke off
    this.#finish();
    // What was sent can't be taken back: an aborted connection is what tells failure from success.
    if (this.#response.headersSent) this.#response.destroy();
    else this.#options.fail(resetError(code, reason));
  }

  drain(): void {
    this.#request.resume();
  }

  /** The answer is not what its head says: what was sent can't be taken back. */
  #break(why: string): void {
    this.#finish();
    this.#exchange.reset('protocol_error', `the answer is ${why}`);
    this.#response.destroy();
  }

  #finish(): void {
    this.#over = true;
    this.#request.resume();
  }
}
