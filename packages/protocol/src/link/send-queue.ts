import type { LinkExchange } from './exchange.ts';
import { FRAME_HEADER_BYTES, MESSAGE, WINDOW_FRAME_BYTES } from './frames.ts';
import { LINK_LIMITS } from './limits.ts';
import { slab, SLAB_BYTES, takeMessage } from './slab.ts';

/**
 * What a link has to send, and in which order: control frames first; then exchanges that have just become ready (a
 * token, the start of a body), which get at most half of a message while others wait; then the bulk, in turn.
 */
export class SendQueue {
  #control: (Buffer | LinkExchange)[] = [];
  /** Ready since they were served last: one small frame each, then they join the others. */
  #fresh: LinkExchange[] = [];
  #bulk: LinkExchange[] = [];

  get empty(): boolean {
    return this.#control.length === 0 && this.#fresh.length === 0 && this.#bulk.length === 0;
  }

  get controlCount(): number {
    return this.#control.length;
  }

  control(frame: Buffer): void {
    this.#control.push(frame);
  }

  /** A WINDOW frame of this exchange, with the limit that holds when it is sent. */
  windowDue(exchange: LinkExchange): void {
    this.#control.push(exchange);
  }

  ready(exchange: LinkExchange): void {
    exchange.queued = true;
    this.#fresh.push(exchange);
  }

  clear(): void {
    this.#control = [];
    this.#fresh = [];
    this.#bulk = [];
  }

  /** Builds the next FRAMES message; adds the exchanges that it took from to `served`. Undefined: nothing to send. */
  build(served: LinkExchange[]): Buffer | undefined {
    const target = slab();
    target[0] = MESSAGE.frames;
    const head = this.#oversizedHead();
    if (head) return Buffer.concat([target.subarray(0, 1), head]);
    let at = this.#writeControl(target, 1);
    const half = this.#bulk.length > 0 ? LINK_LIMITS.messageBytes / 2 : LINK_LIMITS.messageBytes;
    at = this.#serve(this.#fresh, LINK_LIMITS.freshBytes, target, at, half, served);
    at = this.#serve(this.#bulk, LINK_LIMITS.turnBytes, target, at, LINK_LIMITS.messageBytes, served);
    return at > 1 ? takeMessage(at) : undefined;
  }

  /** A head of more bytes than a slab holds goes alone. */
  #oversizedHead(): Buffer | undefined {
    const [first] = this.#control;
    if (!Buffer.isBuffer(first) || 1 + first.length <= SLAB_BYTES) return undefined;
    this.#control.shift();
    return first;
  }

  #writeControl(target: Buffer, offset: number): number {
    let at = offset;
    let taken = 0;
    for (; taken < this.#control.length && at < LINK_LIMITS.messageBytes; taken++) {
      const entry = this.#control[taken]!; // taken < length
      const bytes = Buffer.isBuffer(entry) ? entry.length : WINDOW_FRAME_BYTES;
      if (at + bytes > SLAB_BYTES) break;
      at = Buffer.isBuffer(entry) ? at + entry.copy(target, at) : entry.writeWindow(target, at);
    }
    this.#control = taken === this.#control.length ? [] : this.#control.slice(taken);
    return at;
  }

  /** Gives each exchange of the ring one frame of `turnBytes` (all there is room for if no other waits) until the message has `limit` bytes; who has more joins the bulk. */
  #serve(
    ring: LinkExchange[],
    turnBytes: number,
    target: Buffer,
    offset: number,
    limit: number,
    served: LinkExchange[],
  ): number {
    let at = offset;
    let turn = 0;
    for (; turn < ring.length && at < limit; turn++) {
      const exchange = ring[turn]!; // turn < length
      exchange.queued = false;
      const alone = this.#fresh.length + this.#bulk.length - turn === 1;
      const room = LINK_LIMITS.messageBytes - at - FRAME_HEADER_BYTES;
      at = exchange.writeFrames(target, at, alone ? Math.max(room, turnBytes) : turnBytes);
      served.push(exchange);
      if (exchange.sendable) {
        exchange.queued = true;
        this.#bulk.push(exchange);
      }
    }
    ring.splice(0, turn);
    return at;
  }
}
