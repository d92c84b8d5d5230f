import type { Exchange, ExchangeReceiver, ExchangeRequest, ResetCode } from '@cloudtolocalllm/protocol';
import { Readable } from 'node:stream';
import { errors, Pool, type Dispatcher } from 'undici';
import type { Policy } from './policy.ts';

/** Headers that go on to the engine: never Host, Origin, Cookie or Authorization (Ollama answers 403 to foreign ones). */
const REQUEST_HEADERS = new Set(['accept', 'accept-language', 'content-length', 'content-type', 'user-agent']);
/** Headers that go back. */
const RESPONSE_HEADERS = ['content-type', 'content-length', 'retry-after'];

/** A model may load for minutes, and one slot means a queue: there is no short limit on the first byte. */
const HEADERS_TIMEOUT_MS = 60 * 60_000;
/** Silence within an answer; an answer as a whole may take as long as it likes. */
const IDLE_TIMEOUT_MS = 15 * 60_000;
const CONNECT_TIMEOUT_MS = 5_000;

export interface ForwarderOptions {
  /** The engine's origin, fixed here: nothing that a relay sends can change it. */
  engine: URL;
  policy: Policy;
  /** The engine did not answer: time to look how it is. */
  unreachable?(): void;
}

/** Forwards exchanges to the engine on this computer, as far as the policy allows. */
export class Forwarder implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #options: ForwarderOptions;
  #running = 0;
  #total = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#pool = new Pool(options.engine.origin, {
      connections: null,
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: IDLE_TIMEOUT_MS,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    });
  }

  /** Exchanges running now, and all so far. */
  get figures(): { running: number; total: number } {
    return { running: this.#running, total: this.#total };
  }

  /** Starts the engine's request; the receiver gets the body. */
  accept(request: ExchangeRequest, exchange: Exchange): ExchangeReceiver {
    const verdict = this.#options.policy.check(request.method, request.path);
    if (!verdict.allowed) {
      exchange.reset('policy_denied', verdict.reason);
      return { data() {}, end() {}, reset() {} };
    }
    this.#running++;
    this.#total++;
    const forwarding = new Forwarding(exchange, (code) => {
      this.#running--;
      if (code === 'engine_unreachable') this.#options.unreachable?.();
    });
    this.#pool.dispatch(forwarding.dispatchOptions(request, verdict.path), forwarding);
    return forwarding;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}

/** One exchange on its way to the engine and back: what the link receives, and what undici reports. */
class Forwarding implements ExchangeReceiver, Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #done: (code?: ResetCode) => void;
  #body: Readable | undefined;
  /** Body bytes handed to the stream while it was full: consumed when it asks for more. */
  #waiting = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #answered = false;
  #over = false;

  constructor(exchange: Exchange, done: (code?: ResetCode) => void) {
    this.#exchange = exchange;
    this.#done = done;
  }

  dispatchOptions({ method, headers }: ExchangeRequest, path: string): Dispatcher.DispatchOptions {
    const kept: string[] = [];
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const name = headers[index]!.toLowerCase(); // index is below length
      if (REQUEST_HEADERS.has(name)) kept.push(name, headers[index + 1]!);
    }
    if (method !== 'GET' && method !== 'HEAD') {
      this.#body = new Readable({
        read: () => {
          const bytes = this.#waiting;
          this.#waiting = 0;
          if (bytes > 0) this.#exchange.consumed(bytes);
        },
      });
      this.#body.on('error', () => {}); // destroyed by undici with the request: reported through onResponseError
    }
    return { method, path, headers: kept, body: this.#body ?? null };
  }

  // From the link

  data(chunk: Buffer): void {
    if (this.#body && !this.#body.destroyed && !this.#body.push(chunk)) this.#waiting += chunk.length;
    else this.#exchange.consumed(chunk.length);
  }

  end(): void {
    this.#body?.push(null);
  }

  reset(_code: ResetCode, reason: string): void {
    if (this.#over) return;
    this.#finish();
    const error = new Error(`Exchange was reset: ${reason}`);
    this.#controller?.abort(error);
    this.#body?.destroy(error);
  }

  drain(): void {
    this.#controller?.resume();
  }

  // From undici

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error('Exchange was reset before the engine took it'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    if (status < 200 || this.#over) return;
    this.#answered = true;
    const kept: string[] = [];
    for (const name of RESPONSE_HEADERS) {
      const value = headers[name];
      if (typeof value === 'string') kept.push(name, value);
    }
    this.#exchange.head(status, kept);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#exchange.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#finish();
    this.#exchange.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    const code = this.#answered ? answerFault(error) : requestFault(error);
    this.#finish(code);
    this.#exchange.reset(code, code === 'engine_unreachable' ? 'The engine does not answer.' : 'The engine broke off.');
  }

  #finish(code?: ResetCode): void {
    this.#over = true;
    this.#done(code);
  }
}

function answerFault(error: Error): ResetCode {
  return error instanceof errors.BodyTimeoutError ? 'idle_timeout' : 'engine_failed';
}

function requestFault(error: Error): ResetCode {
  if (error instanceof errors.HeadersTimeoutError) return 'idle_timeout';
  return error instanceof errors.RequestContentLengthMismatchError ? 'cancelled' : 'engine_unreachable';
}
