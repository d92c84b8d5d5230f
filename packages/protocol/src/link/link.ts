import { CLOSE, ProtocolError, type ResetCode } from './codes.ts';
import type { LinkBudget } from './budget.ts';
import { FlightLimit } from './flight-limit.ts';
import type { Exchange, ExchangeReceiver, LinkExchange } from './exchange.ts';
import { ExchangeTable, type Accept, type TableHost } from './exchange-table.ts';
import { decodeFrames, MESSAGE, type ExchangeRequest } from './frames.ts';
import { decodeAck } from './handshake.ts';
import { LINK_LIMITS } from './limits.ts';
import { Outbox } from './outbox.ts';
import { SendQueue } from './send-queue.ts';
import { ReceivedCount, type AckSender } from './received-count.ts';
import { WriteProgress, type SocketProgress } from './write-progress.ts';
import { passed } from './young-garbage.ts';

/** The WebSocket under a link, injected: the link knows nothing of sockets. */
export interface LinkSocket {
  /** Bytes handed over and not yet taken by the system. */
  readonly bufferedAmount: number;
  /** `written` is called when the message has left the buffer. */
  send(message: Buffer | string, written?: () => void): void;
  close(code: number, reason: string): void;
}

export interface LinkOptions {
  session: string;
  budget: LinkBudget;
  /** Absent at the relay, which opens exchanges. */
  accept?: Accept;
  /** A text message, as received: the envelope is parsed by whom it concerns. */
  envelope?(text: string): void;
  /** The session is over: closed here, or broken by the peer. `error` is a fault of our own, for the log. */
  closed?(code: number, reason: string, error?: unknown): void;
}

/**
 * Many exchanges on one session, over one socket after another. Frames are gathered and sent once per event-loop turn;
 * what the peer has not acknowledged is replayed when the next socket is attached. See docs/PROTOCOL.md.
 * Most links are idle: what only sending needs is made when something is sent first, a kilobyte of each (docs/decisions/0041).
 */
export class Link implements TableHost, AckSender {
  readonly session: string;
  readonly #options: LinkOptions;
  readonly #outbox = new Outbox();
  readonly #exchanges: ExchangeTable;
  #socket: LinkSocket | undefined;
  #closed = false;

  readonly #queue = new SendQueue();
  #flight: FlightLimit | undefined;
  #envelopes: string[] = [];
  #flushing: NodeJS.Immediate | undefined;
  #socketFull = false;
  /** Of the socket of the moment, once something was sent on it. */
  #progress: SocketProgress | undefined;
  /** Waits for the budget. */
  #wake: (() => void) | undefined;

  #waitsForAckSince = 0;
  readonly #received = new ReceivedCount(this);

  constructor(options: LinkOptions) {
    this.#options = options;
    this.session = options.session;
    this.#exchanges = new ExchangeTable(this, options.accept);
  }

  get exchangeCount(): number {
    return this.#exchanges.size;
  }

  /** Nothing runs, waits to be sent or waits to be acknowledged: closing loses nothing. */
  get isIdle(): boolean {
    return this.#exchanges.size + this.#envelopes.length + this.#outbox.bytes === 0 && this.#queue.empty;
  }

  /** Messages of the session that have arrived, for the handshake of the next socket. */
  get received(): number {
    return this.#received.count;
  }

  get attached(): boolean {
    return this.#socket !== undefined;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes kept until the peer acknowledges them. */
  get unackedBytes(): number {
    return this.#outbox.bytes;
  }

  /** How long an attached peer has owed an acknowledgement, in ms: one that reads acknowledges within `ackMs`. */
  overdueMs(now: number): number {
    return this.#socket && this.#outbox.bytes > 0 ? now - this.#waitsForAckSince : 0;
  }

  /**
   * Goes on over this socket: replays what the peer has not received, then sends what waits.
   * Throws ProtocolError when `peerReceived` can't be.
   */
  attach(socket: LinkSocket, peerReceived: number): void {
    this.#options.budget.release(this.#outbox.acknowledge(peerReceived));
    this.#socket = socket;
    this.#socketFull = false;
    this.#received.told();
    this.#flight?.restart();
    this.#progress = undefined;
    const replay = this.#outbox.pending();
    for (const message of replay) socket.send(message, this.#progressOn(socket, replay.length).onWritten);
    this.#waitsForAckSince = performance.now();
    this.#scheduleFlush();
  }

  /** The socket is gone; exchanges wait for the next one. */
  detach(): void {
    this.#socket = undefined;
    this.#received.told();
  }

  /** Ends the session: every exchange is reset with `link_lost` (or the code given), the socket is closed. */
  close(code: number, reason: string, error?: unknown, resetCode: ResetCode = 'link_lost'): void {
    if (this.#closed) return;
    this.#closed = true;
    const socket = this.#socket;
    this.detach();
    clearImmediate(this.#flushing);
    if (this.#wake) this.#options.budget.forget(this.#wake);
    this.#options.budget.release(this.#outbox.clear());
    this.#queue.clear();
    this.#envelopes = [];
    const thrown = this.#exchanges.close(resetCode, reason);
    socket?.close(code, reason);
    this.#options.closed?.(code, reason, error ?? thrown);
  }

  /** Relay: opens an exchange. Throws RangeError above the limits of a head, Error when no more are possible. */
  open(request: ExchangeRequest, receiver: ExchangeReceiver): Exchange {
    if (this.#closed) throw new Error('Cannot open exchange: the link is closed');
    if (this.#exchanges.isFull) {
      throw new Error(`Cannot open exchange: ${this.#exchanges.size} are running on this link`);
    }
    if (this.#exchanges.isUsedUp) {
      this.close(CLOSE.superseded, 'exchange ids used up');
      throw new Error('Cannot open exchange: the link starts anew');
    }
    return this.#exchanges.open(request, receiver);
  }

  /** Sends an envelope, in order with the others. False when too many wait: the caller drops or gives up. */
  sendEnvelope(text: string): boolean {
    if (this.#closed || this.#envelopes.length >= LINK_LIMITS.queuedEnvelopes) return false;
    this.#envelopes.push(text);
    this.#scheduleFlush();
    return true;
  }

  /** A message of the attached socket. Anything malformed closes the session with 4400; nothing is thrown. */
  receive(message: Buffer | string): void {
    if (this.#closed) return;
    try {
      if (typeof message === 'string') {
        this.#received.add(message.length);
        this.#options.envelope?.(message);
      } else if (message[0] === MESSAGE.frames) {
        this.#received.add(message.length);
        decodeFrames(message, this.#exchanges);
      } else if (message[0] === MESSAGE.ack) {
        this.#acknowledged(decodeAck(message));
      } else {
        throw new ProtocolError(`message kind ${message[0] ?? 'none'} is not of this version`);
      }
    } catch (error) {
      if (error instanceof ProtocolError) this.close(CLOSE.protocolError, error.message);
      else this.close(CLOSE.protocolError, 'internal error', error);
    }
  }

  // TableHost

  get controlCount(): number {
    return this.#queue.controlCount;
  }

  ready(exchange: LinkExchange): void {
    this.#queue.ready(exchange);
    this.#scheduleFlush();
  }

  control(frame: Buffer): void {
    this.#queue.control(frame);
    this.#scheduleFlush();
  }

  windowDue(exchange: LinkExchange): void {
    this.#queue.windowDue(exchange);
    this.#scheduleFlush();
  }

  takeWindow(bytes: number): boolean {
    return this.#options.budget.takeWindow(bytes);
  }

  finished(exchange: LinkExchange): void {
    this.#exchanges.delete(exchange);
    if (exchange.extraWindow > 0) this.#options.budget.returnWindow(exchange.extraWindow);
  }

  // Sending

  #scheduleFlush(): void {
    if (this.#flushing || this.#closed || !this.#socket || this.#socketFull) return;
    this.#flushing = setImmediate(Link.#flushOne, this);
  }

  static readonly #flushOne = (link: Link): void => link.#flush();

  #flush(): void {
    this.#flushing = undefined;
    const served: LinkExchange[] = [];
    while (this.#socket && (this.#envelopes.length > 0 || !this.#queue.empty)) {
      if (this.#socket.bufferedAmount >= LINK_LIMITS.socketBufferBytes) {
        this.#socketFull = true;
        break;
      }
      if (this.#options.budget.exhausted) {
        this.#options.budget.whenFree((this.#wake ??= () => this.#scheduleFlush()));
        break;
      }
      const flight = (this.#flight ??= new FlightLimit());
      if (this.#outbox.bytes >= flight.bytes) {
        flight.reached(); // the next ACK goes on
        break;
      }
      const message = this.#envelopes.shift() ?? this.#queue.build(served);
      if (message !== undefined) this.#transmit(this.#socket, message, flight);
    }
    for (const exchange of served) exchange.drainWriter();
  }

  #transmit(socket: LinkSocket, message: Buffer | string, flight: FlightLimit): void {
    const now = performance.now();
    const { onWritten } = this.#progressOn(socket, 0);
    const before = this.#outbox.bytes;
    if (before === 0) this.#waitsForAckSince = now;
    this.#outbox.push(message);
    passed(message.length);
    this.#options.budget.keep(this.#outbox.bytes - before);
    flight.sent(this.#outbox.sent, this.#outbox.bytes, now);
    socket.send(message, onWritten);
  }

  /** How far this socket, the attached one, has written; `replay` messages of before go over it again. */
  #progressOn(socket: LinkSocket, replay: number): SocketProgress {
    if (this.#progress) return this.#progress;
    const progress = new WriteProgress(this.#outbox.sent, replay);
    const onWritten = (): void => {
      progress.wrote();
      if (this.#socket !== socket) return;
      if (!this.#socketFull || socket.bufferedAmount >= LINK_LIMITS.socketBufferBytes) return;
      this.#socketFull = false;
      this.#scheduleFlush();
    };
    const onForgotten = (message: Buffer | string, number: number): void => progress.acknowledged(message, number);
    return (this.#progress = { onWritten, onForgotten });
  }

  // Acknowledging

  sendAck(ack: Buffer): void {
    this.#socket?.send(ack);
  }

  #acknowledged(count: number): void {
    const now = performance.now();
    this.#options.budget.release(this.#outbox.acknowledge(count, this.#progress?.onForgotten));
    this.#flight?.acknowledged(count, now);
    this.#waitsForAckSince = now;
    this.#scheduleFlush();
  }
}
