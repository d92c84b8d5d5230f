import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Exchange, ExchangeReceiver, PullEvent, ResetCode } from '@cloudtolocalllm/protocol';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import { resetError } from '../bridges/reset-error.ts';
import { RelayError } from '../errors.ts';
import { engineFailure, openEngineRequest } from './engine-request.ts';
import { PullLines, type PullProgress } from './pull-lines.ts';

/** Silence after which a line is sent: proxies on the way cut silent responses, some after 30 s. */
const PULL_KEEP_ALIVE_MS = 15_000;
/** Of an engine's error body not much more than this is read. */
const MAX_ERROR_BODY_BYTES = 16 * 1024;

const HEADERS = {
  'content-type': 'application/x-ndjson; charset=utf-8',
  'cache-control': 'no-store',
  // Nginx and its kin would gather the progress otherwise.
  'x-accel-buffering': 'no',
};

export interface PullOptions {
  link: BridgeLink;
  model: string;
  response: ServerResponse;
  /** What the answer carries besides its own. */
  headers: OutgoingHttpHeaders;
  keepAliveMs?: number | undefined;
  /** Answers in the error format when nothing was sent yet. */
  fail(error: RelayError): void;
}

/**
 * Lets an engine pull a model and tells its progress, one JSON line each, no faster than the client reads. Only what
 * fails before the engine has begun is an error by its status; later it is the last line. A client that goes away ends
 * the pull; what has come is kept by the engine.
 */
export class PullModel implements ExchangeReceiver {
  readonly #options: PullOptions;
  readonly #exchange: Exchange;
  readonly #lines = new PullLines((progress) => this.#tell((this.#last = progress)));
  readonly #keepAlive: NodeJS.Timeout;
  #last: PullProgress = { type: 'progress', status: 'waiting for the engine' };
  #status = 0;
  #errorBody = Buffer.alloc(0);
  /** Received while the client's socket was full: consumed when it drains. */
  #waiting = 0;
  #over = false;

  /** Opens the exchange. Throws RelayError; afterwards `fail` is told. */
  static begin(options: PullOptions): PullModel {
    return new PullModel(options);
  }

  private constructor(options: PullOptions) {
    this.#options = options;
    const { link, model, response, keepAliveMs = PULL_KEEP_ALIVE_MS } = options;
    this.#exchange = openEngineRequest(
      link,
      { method: 'POST', path: '/api/pull', body: { model, stream: true } },
      this,
    );
    this.#keepAlive = setInterval(() => {
      if (!response.writableNeedDrain) this.#tell(this.#last);
    }, keepAliveMs);
    response
      .on('drain', () => {
        const bytes = this.#waiting;
        this.#waiting = 0;
        this.#exchange.consumed(bytes);
      })
      .on('close', () => {
        if (!this.#over) this.#exchange.reset('cancelled', 'the client went away');
        this.#finish();
      });
  }

  head(status: number): void {
    this.#status = status;
  }

  data(chunk: Buffer): void {
    try {
      if (this.#status === 200) this.#lines.push(chunk);
      else if (this.#errorBody.length < MAX_ERROR_BODY_BYTES) this.#errorBody = Buffer.concat([this.#errorBody, chunk]);
    } catch (error) {
      this.#exchange.reset('cancelled');
      return this.#failed(error);
    }
    if (this.#options.response.writableNeedDrain) this.#waiting += chunk.length;
    else this.#exchange.consumed(chunk.length);
  }

  end(): void {
    const { model, response } = this.#options;
    try {
      if (this.#status !== 200) throw engineFailure({ status: this.#status, body: this.#errorBody.toString() }, model);
      this.#lines.end();
    } catch (error) {
      return this.#failed(error);
    }
    this.#tell({ type: 'complete', model });
    this.#finish();
    response.end();
  }

  reset(code: ResetCode, reason: string): void {
    this.#failed(resetError(code, reason));
  }

  #tell(event: PullEvent): void {
    const { response, headers } = this.#options;
    if (!response.headersSent) response.writeHead(200, { ...headers, ...HEADERS });
    response.write(`${JSON.stringify(event)}\n`);
    this.#keepAlive.refresh();
  }

  #failed(cause: unknown): void {
    if (this.#over) return;
    const { response, fail } = this.#options;
    const error = cause instanceof RelayError ? cause : RelayError.internal(cause);
    if (response.headersSent) {
      this.#tell({ type: 'error', error: error.code, message: error.message, code: error.status });
      this.#finish();
      response.end();
    } else {
      this.#finish();
      fail(error);
    }
  }

  #finish(): void {
    this.#over = true;
    clearInterval(this.#keepAlive);
  }
}
