import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, ExchangeReceiver, ResetCode } from '@cloudtolocalllm/protocol';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import type { RelayError } from '../errors.ts';
import { resetError } from '../bridges/reset-error.ts';
import { BodyFields } from '@cloudtolocalllm/protocol/bodies';
import { dialectError, dialectOf, type Dialect } from './dialect.ts';
import { clientHeaders, engineHeaders, requirePlainBody, SAFE_HEADERS } from './headers.ts';
import {
  CONTENT_TYPE,
  expectedForm,
  formOfType,
  mayInterrupt,
  NOTHING_SENT,
  SIGN_OF_LIFE,
  SILENCE,
  tailAfter,
  type AnswerForm,
} from './keep-alive.ts';
import type { Ticker, Ticking } from './keep-alive-ticker.ts';
import { LateError, lastEvent } from './pass-through-error.ts';

/** A view that is kept pins the whole message it lies in: one this much smaller is copied when it has to wait. */
const COPY_BELOW = 4;

export interface PassThroughOptions {
  link: Pick<BridgeLink, 'open'>;
  /** Path and query as the engine shall see them. */
  path: string;
  request: IncomingMessage;
  /** The request's whole body when it has been read already. */
  body?: Buffer | undefined;
  /** The beginning of the body when that has been read already: the request has the rest. */
  first?: readonly Buffer[] | undefined;
  /** Reads what the body says of itself: it has seen what was read already, and is shown the rest as it passes. */
  fields?: BodyFields | undefined;
  /** In place of the request's own. */
  rawHeaders?: readonly string[] | undefined;
  /** Headers that were set on it (request id, limits, CORS) go out with the engine's. */
  response: ServerResponse;
  /** Tells the time to all answers: a silent one is kept alive. */
  ticker: Ticker;
  /** Answers in the caller's dialect when nothing was sent yet. */
  fail(error: RelayError): void;
}

/**
 * Carries an HTTP request to the engine behind a bridge and its answer back, byte by byte, each side no faster than the
 * other takes it. A client that goes away resets the exchange. A silent answer is kept alive: begun in the engine's place
 * when need be, with something harmless said where it can't be taken for the engine's (`keep-alive.ts`).
 */
export class PassThrough implements ExchangeReceiver, Ticking {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: PassThroughOptions;
  readonly #exchange: Exchange;
  readonly #fields: BodyFields;
  /** Written while the response's buffer was full: consumed when it drains. */
  #waiting = 0;
  /** What its Content-Length says that the body has; undefined when the answer has none, or no body. */
  #promised: number | undefined;
  #received = 0;
  /** Of the answer, once it is known; undefined where nothing may be said in between. */
  #form: AnswerForm | undefined;
  /** Its last bytes: see `mayInterrupt`. */
  #tail = NOTHING_SENT;
  /** Ticks since the client was sent anything, or since its stream's last event, an error. */
  #silent = 0;
  #late: LateError | undefined;
  #isFarewell = false;
  #over = false;

  /** Opens the exchange; everything after comes from the client and the bridge. Throws RelayError. */
  static begin(options: PassThroughOptions): PassThrough {
    requirePlainBody(options.request.headers);
    return new PassThrough(options);
  }

  private constructor(options: PassThroughOptions) {
    const { link, path, request, rawHeaders = request.rawHeaders, body, first = [], response } = options;
    const fields = options.fields ?? new BodyFields();
    this.#options = options;
    this.#request = request;
    this.#response = response;
    this.#fields = fields;
    this.#exchange = link.open({ method: request.method ?? 'GET', path, headers: engineHeaders(rawHeaders) }, this);
    if (body !== undefined) {
      this.#exchange.write(body); // it is in memory anyway: nothing to hold back
      this.#exchange.end();
      if (options.fields === undefined) fields.write(body);
      fields.end();
    } else {
      for (const chunk of first) this.#exchange.write(chunk); // the link holds back what comes after
      request
        .on('data', (chunk: Buffer) => {
          if (!fields.done) fields.write(chunk);
          if (!this.#over && !this.#exchange.write(chunk)) request.pause();
        })
        .on('end', () => {
          fields.end();
          this.#exchange.end();
        })
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
        options.ticker.delete(this);
      });
    options.ticker.add(this);
  }

  head(status: number, headers: readonly string[]): void {
    const kept = clientHeaders(headers);
    const isBodiless = this.#request.method === 'HEAD' || status === 204 || status === 304;
    if (status === 204) kept.delete('content-length'); // RFC 9110, 8.6
    const promised = kept.get('content-length');
    if (promised !== undefined && !isBodiless) this.#promised = Number(promised);
    if (this.#response.headersSent) {
      if (status >= 400) this.#late = new LateError(status);
      return;
    }
    if (promised === undefined && !isBodiless) this.#form = formOfType(kept.get('content-type'));
    this.#silent = 0;
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
    if (this.#late !== undefined) {
      this.#late.add(chunk);
      return this.#exchange.consumed(chunk.length);
    }
    this.#silent = 0;
    this.#tail = tailAfter(this.#tail, chunk);
    const waits = response.writableLength > 0;
    const kept = waits && chunk.length * COPY_BELOW < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
    if (response.write(kept)) this.#exchange.consumed(chunk.length);
    else this.#waiting += chunk.length;
  }

  end(): void {
    if (this.#promised !== undefined && this.#received < this.#promised)
      return this.#break('shorter than its Content-Length');
    this.#finish();
    if (this.#late === undefined) this.#response.end();
    else this.#endWith((dialect, requestId) => this.#late!.body(dialect, requestId)); // it is not unset
    // The engine answered without wanting the rest of the body.
    if (!this.#request.complete) this.#exchange.reset('cancelled', 'answered before the body was complete');
  }

  reset(code: ResetCode, reason: string): void {
    if (this.#over) return; // the answer is whole; it is the request that broke off
    this.#finish();
    const error = resetError(code, reason);
    if (this.#response.headersSent) this.#endWith((dialect, requestId) => dialectError(dialect, error, requestId));
    else this.#options.fail(error);
  }

  drain(): void {
    this.#request.resume();
  }

  /** Says something harmless when it is time to. */
  tick(): void {
    const response = this.#response;
    this.#silent++;
    if (this.#isFarewell) {
      if (this.#silent > SILENCE.farewell) response.destroy();
      return;
    }
    if (!response.headersSent) return this.#tickBeforeHead();
    // Who takes nothing gets nothing more.
    if (this.#silent < SILENCE.stream || response.writableLength > 0 || !mayInterrupt(this.#form, this.#tail)) return;
    this.#sayHarmless();
  }

  #tickBeforeHead(): void {
    const { path, request, body } = this.#options;
    // An upload is a sign of life, and its last bytes may say whether the answer is a stream.
    if (body === undefined && !request.complete) this.#silent = 0;
    if (this.#silent < SILENCE.stream) return;
    const form = expectedForm(request.method ?? '', path, this.#fields.stream);
    if (form === undefined || (form === 'json' && this.#silent < SILENCE.json)) return;
    this.#form = form;
    this.#response.writeHead(200, [...SAFE_HEADERS, 'content-type', CONTENT_TYPE[form]]);
    this.#sayHarmless();
  }

  #sayHarmless(): void {
    this.#silent = 0;
    if (this.#form !== undefined) this.#response.write(SIGN_OF_LIFE[this.#form]);
  }

  /**
   * It fails, and what was sent can't be taken back. A stream says so in its last event, where it has room for one; an
   * aborted connection is what tells every client failure from success.
   */
  #endWith(error: (dialect: Dialect, requestId?: string) => object): void {
    const { path, ticker } = this.#options;
    const form = this.#form;
    if (form === undefined || form === 'json' || !mayInterrupt(form, this.#tail)) {
      this.#response.destroy();
      return;
    }
    const dialect = dialectOf(path);
    const requestId = this.#response.getHeader('x-request-id')?.toString();
    this.#response.write(lastEvent(form, dialect, error(dialect, requestId)));
    this.#isFarewell = true;
    this.#silent = 0;
    ticker.add(this);
  }

  /** The answer is not what its head says: what was sent can't be taken back. */
  #break(why: string): void {
    this.#finish();
    this.#exchange.reset('protocol_error', `the answer is ${why}`);
    this.#response.destroy();
  }

  #finish(): void {
    this.#over = true;
    this.#options.ticker.delete(this);
    this.#request.resume();
  }
}
