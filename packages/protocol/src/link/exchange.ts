import { ProtocolError, RESET_CODES, type ResetCode } from './codes.ts';
import { encodeHead, encodeReset, FRAME, writeFrameHeader, writeWindow, type HeaderList } from './frames.ts';
import { LINK_LIMITS } from './limits.ts';

/** One request and its streamed response on a link, as its user sees it. */
export interface Exchange {
  readonly id: number;
  /** Bridge: status and headers of the answer, once, before any data. Throws RangeError above the limits. */
  head(status: number, headers: HeaderList): void;
  /** Queues bytes, which must not be changed afterwards. False: wait for the receiver's `drain`. */
  write(chunk: Uint8Array): boolean;
  /** No more bytes from this side. */
  end(): void;
  /** Ends both directions early and tells the other side; nothing is delivered any more. */
  reset(code: ResetCode, reason?: string): void;
  /** Must be called for every byte of `data` once it has been passed on: it gives credit to the other side. */
  consumed(bytes: number): void;
}

/** What arrives on an exchange. After `end` (both ways) or `reset` nothing does. */
export interface ExchangeReceiver {
  /** Relay only. */
  head?(status: number, headers: HeaderList): void;
  /** A view into the received message: pass it on or copy it. */
  data(chunk: Buffer): void;
  end(): void;
  reset(code: ResetCode, reason: string): void;
  /** After a `write` that said false: more is welcome. */
  drain?(): void;
}

/** What an exchange needs of its link. */
export interface ExchangeHost {
  /** Has bytes or an end to send. */
  ready(exchange: LinkExchange): void;
  /** Sends an encoded control frame ahead of data. */
  control(frame: Buffer): void;
  /** Sends a WINDOW frame of this exchange with the next message. */
  windowDue(exchange: LinkExchange): void;
  /** Credit above the initial window, out of the process's pool. */
  takeWindow(bytes: number): boolean;
  /** Over in both directions, or reset. */
  finished(exchange: LinkExchange): void;
}

/** Stands in until the link's owner has said who receives. */
const NOBODY: ExchangeReceiver = { data() {}, end() {}, reset() {} };

/** Half a window consumed within this time: 64 KB/s and more, over any distance; a person's stream of tokens is slower. */
const QUICK_MS = 500;

/** Both directions of one exchange: queue and credit outward, credit and order inward. */
export class LinkExchange implements Exchange {
  readonly id: number;
  receiver = NOBODY;
  /** True while it stands in the link's send queue. */
  queued = false;
  /** Credit taken from the process's pool, to be given back at the end. */
  extraWindow = 0;
  readonly #host: ExchangeHost;
  readonly #expectsHead: boolean;

  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #sent = 0;
  #credit: number = LINK_LIMITS.initialWindow;
  #writerWaits = false;
  #ending = false;
  #endSent = false;

  #received = 0;
  #consumed = 0;
  #granted: number = LINK_LIMITS.initialWindow;
  #window: number = LINK_LIMITS.initialWindow;
  #windowDue = false;
  #grantedAt = performance.now();
  #headSeen = false;
  #peerEnded = false;
  #over = false;

  constructor(id: number, host: ExchangeHost, expectsHead: boolean) {
    this.id = id;
    this.#host = host;
    this.#expectsHead = expectsHead;
  }

  head(status: number, headers: HeaderList): void {
    if (!this.#over) this.#host.control(encodeHead(this.id, status, headers));
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over || this.#ending) return true;
    if (chunk.length > 0) {
      this.#queue.push(chunk);
      this.#queuedBytes += chunk.length;
      this.#announce();
    }
    this.#writerWaits = this.#queuedBytes >= LINK_LIMITS.writeBufferBytes;
    return !this.#writerWaits;
  }

  end(): void {
    if (this.#over || this.#ending) return;
    this.#ending = true;
    this.#announce();
  }

  reset(code: ResetCode, reason = ''): void {
    if (this.#over) return;
    this.#host.control(encodeReset(this.id, RESET_CODES[code], reason));
    this.#finish();
  }

  consumed(bytes: number): void {
    this.#consumed += bytes;
    if (this.#over || this.#peerEnded) return;
    if (this.#consumed + this.#window - this.#granted < this.#window / 2) return;
    // The reader keeps up and half a window lasted for a moment only: the window is what limits the sender.
    const now = performance.now();
    const limits = this.#consumed === this.#received && now - this.#grantedAt < QUICK_MS;
    this.#grantedAt = now;
    if (limits && this.#window < LINK_LIMITS.maxWindow && this.#host.takeWindow(this.#window)) {
      this.extraWindow += this.#window;
      this.#window *= 2;
    }
    this.#granted = this.#consumed + this.#window;
    if (this.#windowDue) return;
    this.#windowDue = true;
    this.#host.windowDue(this);
  }

  // From here on: for the link alone.

  /** Something may be sent now: bytes within the credit, or the end. */
  get sendable(): boolean {
    if (this.#over) return false;
    return this.#queuedBytes === 0 ? this.#ending && !this.#endSent : this.#sent < this.#credit;
  }

  /** Writes one DATA frame of up to `limit` bytes and, behind the last byte, END. Returns the new offset. */
  writeFrames(target: Buffer, offset: number, limit: number): number {
    if (this.#over) return offset;
    let at = offset;
    const bytes = Math.min(this.#queuedBytes, this.#credit - this.#sent, limit);
    if (bytes > 0) {
      at = this.#dequeue(target, writeFrameHeader(target, at, FRAME.data, bytes, this.id), bytes);
      this.#sent += bytes;
    }
    if (this.#ending && this.#queuedBytes === 0 && !this.#endSent) {
      this.#endSent = true;
      at = writeFrameHeader(target, at, FRAME.end, 0, this.id);
      if (this.#peerEnded) this.#finish();
    }
    return at;
  }

  /** Calls the writer back when its queue has room again; after the message was built, as it may write at once. */
  drainWriter(): void {
    if (!this.#writerWaits || this.#over || this.#queuedBytes > LINK_LIMITS.writeBufferBytes / 2) return;
    this.#writerWaits = false;
    this.receiver.drain?.();
  }

  writeWindow(target: Buffer, offset: number): number {
    this.#windowDue = false;
    return this.#over || this.#peerEnded ? offset : writeWindow(target, offset, this.id, this.#granted);
  }

  onHead(status: number, headers: HeaderList): void {
    if (!this.#expectsHead || this.#headSeen) throw new ProtocolError(`unexpected HEAD on exchange ${this.id}`);
    this.#headSeen = true;
    this.receiver.head?.(status, headers);
  }

  onData(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#peerEnded || this.#expectsHead !== this.#headSeen) {
      throw new ProtocolError(`DATA out of order on exchange ${this.id}`);
    }
    if (this.#received > this.#granted) throw new ProtocolError(`DATA beyond the window on exchange ${this.id}`);
    this.receiver.data(chunk);
  }

  onEnd(): void {
    if (this.#peerEnded || this.#expectsHead !== this.#headSeen) {
      throw new ProtocolError(`END out of order on exchange ${this.id}`);
    }
    this.#peerEnded = true;
    if (this.#endSent) this.#finish();
    this.receiver.end();
  }

  onReset(code: ResetCode, reason: string): void {
    if (this.#over) return;
    this.#finish();
    this.receiver.reset(code, reason);
  }

  onWindow(limit: number): void {
    if (limit <= this.#credit) return;
    this.#credit = limit;
    this.#announce();
  }

  #announce(): void {
    if (!this.queued && this.sendable) this.#host.ready(this);
  }

  #dequeue(target: Buffer, offset: number, bytes: number): number {
    let at = offset;
    let left = bytes;
    let taken = 0;
    while (left > 0) {
      const chunk = this.#queue[taken]!; // `bytes` never exceeds what is queued
      if (chunk.length <= left) {
        target.set(chunk, at);
        at += chunk.length;
        left -= chunk.length;
        taken++;
      } else {
        target.set(chunk.subarray(0, left), at);
        this.#queue[taken] = chunk.subarray(left);
        at += left;
        left = 0;
      }
    }
    if (taken === this.#queue.length) this.#queue = [];
    else if (taken > 0) this.#queue.splice(0, taken);
    this.#queuedBytes -= bytes;
    return at;
  }

  #finish(): void {
    this.#over = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#host.finished(this);
  }
}
