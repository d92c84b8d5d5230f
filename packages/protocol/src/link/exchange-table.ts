import { ProtocolError, RESET_CODES, resetName, type ResetCode } from './codes.ts';
import { LinkExchange, type Exchange, type ExchangeHost, type ExchangeReceiver } from './exchange.ts';
import {
  encodeOpen,
  encodeReset,
  MAX_EXCHANGE_ID,
  type ExchangeRequest,
  type FrameVisitor,
  type HeaderList,
} from './frames.ts';
import { LINK_LIMITS } from './limits.ts';

/** Bridge: an exchange was opened. The receiver gets its body. */
export type Accept = (request: ExchangeRequest, exchange: Exchange) => ExchangeReceiver;

/** What the exchanges need of their link. */
export interface TableHost extends ExchangeHost {
  /** Control frames that wait to be sent. */
  readonly controlCount: number;
}

/** Of every link that has opened none, as most are idle; nothing is ever put in it. */
const NO_EXCHANGES = new Map<number, LinkExchange>();

/**
 * The exchanges that run on a link: opens them, and gives each the frames that are for it. Frames for an exchange that is
 * over are late, not wrong; for one that never was, they are wrong.
 */
export class ExchangeTable implements FrameVisitor {
  readonly #host: TableHost;
  readonly #accept: Accept | undefined;
  #exchanges = NO_EXCHANGES;
  #lastId = 0;
  #closed = false;

  constructor(host: TableHost, accept: Accept | undefined) {
    this.#host = host;
    this.#accept = accept;
  }

  get size(): number {
    return this.#exchanges.size;
  }

  /** Not one more may be opened now. */
  get isFull(): boolean {
    return this.#exchanges.size >= LINK_LIMITS.exchanges || this.#host.controlCount >= LINK_LIMITS.queuedControl;
  }

  /** Not one more can be opened ever. */
  get isUsedUp(): boolean {
    return this.#lastId === MAX_EXCHANGE_ID;
  }

  /** Relay: opens an exchange. Throws RangeError above the limits of a head. */
  open(request: ExchangeRequest, receiver: ExchangeReceiver): Exchange {
    const exchange = new LinkExchange(this.#lastId + 1, this.#host, true);
    exchange.receiver = receiver;
    const frame = encodeOpen(exchange.id, request);
    this.#lastId++;
    this.#add(exchange);
    this.#host.control(frame);
    return exchange;
  }

  delete(exchange: LinkExchange): void {
    this.#exchanges.delete(exchange.id);
  }

  /** Resets all that run, and takes no other. Returns the first error that one of their receivers threw. */
  close(code: ResetCode, reason: string): unknown {
    this.#closed = true;
    let fault: unknown;
    for (const exchange of this.#exchanges.values()) {
      try {
        exchange.onReset(code, reason);
      } catch (thrown) {
        fault ??= thrown; // the others have to be told too
      }
    }
    return fault;
  }

  onOpen(id: number, request: ExchangeRequest): void {
    if (!this.#accept) throw new ProtocolError('OPEN is for the relay to send');
    if (this.#closed) return; // by the receiver of a frame before this one
    if (id <= this.#lastId) throw new ProtocolError(`exchange id ${id} used twice`);
    const { controlCount } = this.#host;
    if (controlCount >= LINK_LIMITS.queuedControl) {
      throw new ProtocolError(`${controlCount} control frames wait: exchanges are opened and not read`);
    }
    this.#lastId = id;
    if (this.#exchanges.size >= LINK_LIMITS.exchanges) {
      this.#host.control(encodeReset(id, RESET_CODES.refused, `more than ${LINK_LIMITS.exchanges} exchanges`));
      return;
    }
    const exchange = new LinkExchange(id, this.#host, false);
    this.#add(exchange);
    exchange.receiver = this.#accept(request, exchange);
  }

  onHead(id: number, status: number, headers: HeaderList): void {
    this.#find(id)?.onHead(status, headers);
  }

  onData(id: number, data: Buffer): void {
    this.#find(id)?.onData(data);
  }

  onEnd(id: number): void {
    this.#find(id)?.onEnd();
  }

  onReset(id: number, code: number, reason: string): void {
    this.#find(id)?.onReset(resetName(code), reason);
  }

  onWindow(id: number, limit: number): void {
    this.#find(id)?.onWindow(limit);
  }

  #add(exchange: LinkExchange): void {
    if (this.#exchanges === NO_EXCHANGES) this.#exchanges = new Map();
    this.#exchanges.set(exchange.id, exchange);
  }

  #find(id: number): LinkExchange | undefined {
    const exchange = this.#exchanges.get(id);
    if (!exchange && id > this.#lastId) throw new ProtocolError(`exchange ${id} was never opened`);
    return exchange;
  }
}
