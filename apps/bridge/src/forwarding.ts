import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Exchange, ExchangeReceiver, ExchangeRequest, ResetCode } from '@cloudtolocalllm/protocol';
import { REQUEST_HEADERS } from './request-headers.ts';

/** Headers that go back. */
const RESPONSE_HEADERS = ['content-type', 'content-length', 'retry-after'] as const;

/** A model may load for minutes, and one slot means a queue: there is no short limit on the first byte. */
const HEAD_TIMEOUT_MS = 60 * 60_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A view that is kept pins the whole message it lies in: one this much smaller is copied when it has to wait. */
const COPY_BELOW = 4;

/** Opens the request to the engine with these headers. */
export type OpenRequest = (headers: OutgoingHttpHeaders) => ClientRequest;

export interface ForwardingOptions {
  open: OpenRequest;
  idleTimeoutMs: number;
  /** A piece of the answer, on its way. */
  said(): void;
  /** It is over; the code says what was wrong with the engine. */
  done(code?: ResetCode): void;
}

/**
 * One exchange on its way to the engine and back. Node's own HTTP client: it copies each body chunk out of its read
 * buffer, so that a slow exchange pins no more memory than its bytes (undici keeps whole reads: measured, 5 times more).
 */
export class Forwarding implements ExchangeReceiver {
  readonly #exchange: Exchange;
  readonly #request: ExchangeRequest;
  readonly #options: ForwardingOptions;
  #outgoing: ClientRequest | undefined;
  #incoming: IncomingMessage | undefined;
  /** Body bytes that may still follow; undefined = sent in chunks, as many as come. */
  #bodyLeft: number | undefined;
  /** Written while the engine's socket was full: consumed when it drains. */
  #waiting = 0;
  #over = false;

  constructor(request: ExchangeRequest, exchange: Exchange, options: ForwardingOptions) {
    this.#request = request;
    this.#exchange = exchange;
    this.#options = options;
  }

  get #bodyless(): boolean {
    return this.#request.method === 'GET' || this.#request.method === 'HEAD';
  }

  /** Opens the request to the engine. A head that can't be sent resets the exchange. */
  start(): void {
    const headers: OutgoingHttpHeaders = {};
    const { headers: given } = this.#request;
    for (let index = 0; index + 1 < given.length; index += 2) {
      const name = given[index]!.toLowerCase(); // index is below length
      if (REQUEST_HEADERS.has(name)) headers[name] = given[index + 1]!;
    }
    const length = headers['content-length'];
    if (this.#bodyless) delete headers['content-length'];
    else if (length !== undefined) {
      // Bytes beyond a length that lies would be the engine's next request, past the policy.
      if (!/^\d{1,15}$/.test(String(length))) return this.#refuse('The Content-Length is not a number.');
      this.#bodyLeft = Number(length);
    }
    // Node writes the body of a DELETE without a length as it is: it would be the engine's next request, too.
    else headers['transfer-encoding'] = 'chunked';
    try {
      this.#outgoing = this.#options.open(headers);
    } catch {
      return this.#refuse('The request has a method or headers that can not be forwarded.');
    }
    this.#listen(this.#outgoing);
  }

  // From the link

  data(chunk: Buffer): void {
    if (this.#over || !this.#outgoing || this.#bodyless) return this.#exchange.consumed(chunk.length);
    if (this.#bodyLeft !== undefined && (this.#bodyLeft -= chunk.length) < 0) {
      return this.#refuse('The body is longer than its Content-Length.');
    }
    const waits = this.#outgoing.writableLength > 0;
    const kept = waits && chunk.length * COPY_BELOW < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
    if (this.#outgoing.write(kept)) this.#exchange.consumed(chunk.length);
    else this.#waiting += chunk.length;
  }

  end(): void {
    if (this.#over) return;
    if (this.#bodyLeft !== undefined && this.#bodyLeft > 0)
      return this.#refuse('The body is shorter than its Content-Length.');
    this.#outgoing?.end();
  }

  reset(_code: ResetCode, _reason: string): void {
    if (!this.#over) this.#finish();
    this.#outgoing?.destroy();
  }

  drain(): void {
    this.#incoming?.resume();
  }

  // From the engine

  #listen(outgoing: ClientRequest): void {
    outgoing
      .on('response', (incoming) => this.#answer(incoming))
      .on('drain', () => {
        const bytes = this.#waiting;
        this.#waiting = 0;
        this.#exchange.consumed(bytes);
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        const hasSpoken = this.#incoming !== undefined || error.code?.startsWith('HPE_'); // of the HTTP parser
        this.#fail(hasSpoken ? 'engine_failed' : 'engine_unreachable');
      })
      .on('upgrade', () => this.#fail('engine_failed'))
      .on('socket', (socket) => {
        if (!socket.connecting) return;
        const timer = setTimeout(() => outgoing.destroy(new Error('connecting took too long')), CONNECT_TIMEOUT_MS);
        socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
      })
      .setTimeout(HEAD_TIMEOUT_MS, () => this.#fail('idle_timeout'));
  }

  #answer(incoming: IncomingMessage): void {
    this.#incoming = incoming;
    const { statusCode = 0, headers } = incoming;
    if (statusCode < 200 || statusCode > 599) return this.#fail('engine_failed'); // HEAD has no such status
    const kept: string[] = [];
    for (const name of RESPONSE_HEADERS) {
      const value = headers[name];
      if (typeof value === 'string') kept.push(name, value);
    }
    this.#exchange.head(statusCode, kept);
    this.#outgoing?.setTimeout(this.#options.idleTimeoutMs);
    incoming
      .on('data', (chunk: Buffer) => {
        this.#options.said();
        if (!this.#exchange.write(chunk)) incoming.pause();
      })
      .on('end', () => {
        if (this.#over) return;
        this.#finish();
        this.#exchange.end();
        // Answered without wanting the rest of the body: the connection can't be used again.
        if (!this.#outgoing?.writableEnded) this.#outgoing?.destroy();
      })
      .on('error', () => this.#fail('engine_failed'));
  }

  #fail(code: 'engine_unreachable' | 'engine_failed' | 'idle_timeout'): void {
    if (this.#over) return;
    this.#finish(code);
    this.#exchange.reset(code, code === 'engine_unreachable' ? 'The engine does not answer.' : 'The engine broke off.');
    this.#outgoing?.destroy();
  }

  /** The relay sent what can't be a request. */
  #refuse(reason: string): void {
    this.#finish();
    this.#exchange.reset('protocol_error', reason);
    this.#outgoing?.destroy();
  }

  #finish(code?: ResetCode): void {
    this.#over = true;
    this.#options.done(code);
  }
}
