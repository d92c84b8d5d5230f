import { randomUUID } from 'node:crypto';
import {
  CLOSE,
  Link,
  ProtocolError,
  type Exchange,
  type ExchangeReceiver,
  type ExchangeRequest,
  type LinkBudget,
  type ResetCode,
} from '@cloudtolocalllm/protocol';
import {
  CONTROL_MESSAGE,
  encodeControl,
  StreamMessages,
  WORKER_VERSION,
  writeStreamMessage,
  type Configure,
  type WorkerFigures,
  type WorkerLimits,
} from '@cloudtolocalllm/protocol/worker';
import { CoupledExchange, type Upstream } from './coupled-exchange.ts';
import type { ProxyWorker } from './drivers/proxy-driver.ts';
import { streamSocket } from './stream-socket.ts';
import { parseWorkerReport } from './worker-report.ts';

/** From the start of a conversation until the worker has said that it is there; a busy machine starts many at once. */
const READY_MS = 15_000;

export interface WorkerLinkOptions {
  worker: Pick<ProxyWorker, 'clientSide' | 'bridgeSide'>;
  limits: WorkerLimits;
  /** Milliseconds between figures, while they change. */
  figuresEveryMs: number;
  /** Shared by the links of all proxies. */
  budget: LinkBudget;
  /** The link of the proxy's bridge, asked for with each exchange. Rejects with RelayError, as `BridgeLinks.require`. */
  upstream(): Promise<Upstream>;
  /** What the worker has measured, whenever it says so. */
  figures(figures: WorkerFigures): void;
  /**
   * It is over, once, and not by `close`: a stream to the worker ended, or the worker sent what it may not (`error`).
   * The worker may still be there: destroy it.
   */
  closed(error?: Error): void;
}

/** Of an exchange whose proxy ended, for the person who waits. */
const ENDED = 'This proxy ended while it answered.';

/**
 * Both sides of one proxy's worker: what is opened here goes through the worker, which holds the proxy's limits, and
 * comes back to be opened at the bridge. See docs/decisions/0026.
 */
export class WorkerLink {
  readonly #options: WorkerLinkOptions;
  readonly #clientSide: Link;
  readonly #bridgeSide: Link;
  readonly #ready = Promise.withResolvers<void>();
  readonly #silences: Silence[] = [];
  #closed = false;

  /**
   * Begins the conversation with a worker and resolves when it takes exchanges.
   * @throws Error when it ends before, speaks another version, or says nothing for 15 s: destroy it then.
   */
  static async start(options: WorkerLinkOptions): Promise<WorkerLink> {
    const link = new WorkerLink(options);
    const timer = setTimeout(() => {
      link.#fail(new Error(`Cannot use the proxy's process: it was not ready in ${READY_MS / 1000} s`));
    }, READY_MS);
    try {
      await link.#ready.promise;
    } finally {
      clearTimeout(timer);
    }
    return link;
  }

  private constructor(options: WorkerLinkOptions) {
    this.#options = options;
    const { worker, budget } = options;
    const closed = (_code: number, reason: string, error?: unknown): void => {
      this.#fail(new Error(`Cannot go on with the proxy's process: ${reason}`, { cause: error }));
    };
    this.#clientSide = new Link({ session: randomUUID(), budget, closed });
    this.#bridgeSide = new Link({ session: randomUUID(), budget, closed, accept: this.#accept });
    this.#attach(this.#clientSide, worker.clientSide, (message) => this.#controlled(message));
    this.#attach(this.#bridgeSide, worker.bridgeSide);
    const configure: Configure = {
      type: 'configure',
      limits: options.limits,
      figuresEveryMs: options.figuresEveryMs,
    };
    writeStreamMessage(worker.clientSide, encodeControl(CONTROL_MESSAGE, configure));
  }

  /** Exchanges that run through it. */
  get running(): number {
    return this.#clientSide.exchangeCount;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * To be called now and again: for how many looks in a row the worker has acknowledged nothing that it should have, on
   * one of its sides. One that runs acknowledges within `LINK_LIMITS.ackMs`. Looks and not time: when the relay itself
   * stood still, what came meanwhile is read before the next one.
   */
  countSilence(): number {
    return Math.max(...this.#silences.map((silence) => silence.look()));
  }

  /**
   * Opens an exchange through the worker, whatever its limits will say to it. When the proxy ends it is reset with
   * `proxy_ended`. Throws RangeError above the limits of a head, Error when no more are possible, as `Link.open`.
   */
  open(request: ExchangeRequest, receiver: ExchangeReceiver): Exchange {
    return this.#clientSide.open(request, receiver);
  }

  /** Ends both sides: what runs is reset with this code and reason, and the worker exits as its streams close. */
  close(reason: string, code: ResetCode = 'proxy_ended'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ready.reject(new Error(`Cannot use the proxy's process: ${reason}`));
    this.#clientSide.close(CLOSE.stopped, reason, undefined, code);
    this.#bridgeSide.close(CLOSE.stopped, reason, undefined, code);
  }

  #fail(error?: Error): void {
    if (this.#closed) return;
    this.#ready.reject(error ?? new Error("Cannot use the proxy's process: it ended before it was ready"));
    this.close(ENDED);
    this.#options.closed(error);
  }

  readonly #accept = (request: ExchangeRequest, exchange: Exchange): ExchangeReceiver => {
    const coupled = new CoupledExchange(exchange);
    void coupled.open(request, this.#options.upstream);
    return coupled;
  };

  #attach(link: Link, stream: ProxyWorker['clientSide'], control?: (message: Buffer) => void): void {
    const silence = new Silence(link);
    this.#silences.push(silence);
    const messages = new StreamMessages({
      message: (bytes, start, end) => {
        silence.end();
        const message = bytes.subarray(start, end);
        if (control !== undefined && message[0] === CONTROL_MESSAGE) control(message);
        else link.receive(message);
      },
    });
    stream
      .on('data', (chunk: Buffer) => {
        if (this.#closed) return;
        try {
          messages.push(chunk);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          this.#fail(error);
        }
      })
      .on('error', () => this.#fail())
      .on('end', () => this.#fail())
      .on('close', () => this.#fail());
    link.attach(streamSocket(stream), 0);
    stream.resume();
  }

  #controlled(message: Buffer): void {
    const report = parseWorkerReport(message.subarray(1));
    if (report.type === 'figures') return this.#options.figures(report.figures);
    if (report.version === WORKER_VERSION) return this.#ready.resolve();
    throw new ProtocolError(`the worker is of version ${report.version}, the relay of ${WORKER_VERSION}`);
  }
}

/** Of one side: how often in a row it was looked at while it owed acknowledgements and said nothing. */
class Silence {
  readonly #link: Pick<Link, 'unackedBytes'>;
  #looks = 0;

  constructor(link: Pick<Link, 'unackedBytes'>) {
    this.#link = link;
  }

  look(): number {
    this.#looks = this.#link.unackedBytes > 0 ? this.#looks + 1 : 0;
    return this.#looks;
  }

  end(): void {
    this.#looks = 0;
  }
}
