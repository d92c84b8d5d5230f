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
  response: ServerResponse;
  /** More headers of ours, in turn name and value. */
  headers: readonly string[];
  /** Answers in the caller's dialect when nothing was sent yet. */
  fail(error: RelayError): void;
}

/**
 * Carries an HTTP request to the engine behind a bridge and its answer back, byte by byte, each side no faster than the
 * other takes it. A client that goes away resets the exchange. Throws RelayError when the exchange can't be opened.
 */
export class PassThrough implements ExchangeReceiver {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: PassThroughOptions;
  readonly #exchange: Exchange;
  /** Written while the response's buffer was full: consumed when it drains. */
  #waiting = 0;
  #begun = false;
  #over = false;

  constructor(options: PassThroughOptions) {
    const { link, path, request, response } = options;
    this.#options = options;
    this.#request = request;
    this.#response = response;
    this.#exchange = link.open({ method: request.method ?? 'GET', path, headers: engineHeaders(request.rawHeaders) }, this);
    request
      .on('data', (chunk: Buffer) => {
        if (!this.#over && !this.#exchange.write(chunk)) request.pause();
      })
      .on('end', () => this.#exchange.end())
      .on('error', () => this.#exchange.reset('cancelled', 'the request broke off'));
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
    this.#response.writeHead(status, [...SAFE_HEADERS, ...this.#options.headers, ...clientHeaders(headers)]);
    // The first bytes mostly come with the head and go out with it; if not, the client sees that it was heard.
    setImmediate(() => {
      if (!this.#begun && !this.#over) this.#response.flushHeaders();
    });
  }

  data(chunk: Buffer): void {
    const response = this.#response;
    this.#begun = true;
    if (response.writableNeedDrain) {
      this.#waiting += chunk.length;
      response.write(chunk.length * COPY_BELOW < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk);
    } else if (response.write(chunk)) this.#exchange.consumed(chunk.length);
    else this.#waiting += chunk.length;
  }

  end(): void {
    this.#finish();
    this.#response.end();
    // The engine answered without wanting the rest of the body.
    if (!this.#request.complete) this.#exchange.reset('cancelled', 'answered before the body was complete');
  }

  reset(code: ResetCode, reason: string): void {
    this.#finish();
    // What was sent can't be taken back: an aborted connection is what tells failure from success.
    if (this.#response.headersSent) this.#response.destroy();
    else this.#options.fail(resetError(code, reason));
  }

  drain(): void {
    this.#request.resume();
  }

  #finish(): void {
    this.#over = true;
    this.#request.resume();
  }
}
