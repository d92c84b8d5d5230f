import { LINK_LIMITS } from './limits.ts';

/** Where a link begins: no home uplink queues this for long, no fast one is held up for long. */
const START_BYTES = 1024 * 1024;
/** Two acknowledgements' worth: less would let the path run dry. */
const MIN_BYTES = 2 * LINK_LIMITS.ackBytes;
/** Waiting in the path's buffers beyond the path's own delay: a token may have to stand in that queue. */
const QUEUE_MS = 100;

/**
 * How many bytes may be on the way. A system buffers megabytes in front of a slow uplink, and a token that is sent now
 * arrives behind them all; so the limit shrinks while acknowledgements are late and grows while they are prompt.
 * The idea is LEDBAT's (RFC 6817): delay is the signal, the fastest acknowledgement seen lately the measure.
 */
export class FlightLimit {
  bytes = START_BYTES;
  #probe = Infinity;
  #probeAt = 0;
  #fastest = Infinity;
  #reached = false;

  /** Message number `count` was sent and `unacked` bytes are on the way. */
  sent(count: number, unacked: number, now: number): void {
    // With less on the way the peer acknowledges by its timer, which says nothing of the path.
    if (this.#probe !== Infinity || unacked < LINK_LIMITS.ackBytes) return;
    this.#probe = count;
    this.#probeAt = now;
  }

  /** The limit held something back. */
  reached(): void {
    this.#reached = true;
  }

  /** All messages up to number `count` have arrived. */
  acknowledged(count: number, now: number): void {
    if (count < this.#probe) return;
    this.#probe = Infinity;
    const delay = now - this.#probeAt;
    // Forgets slowly: a path may become longer.
    this.#fastest = Math.min(delay, this.#fastest * 1.01);
    if (delay > this.#fastest + QUEUE_MS) this.bytes = Math.max(MIN_BYTES, this.bytes * 0.75);
    else if (this.#reached) this.bytes = Math.min(LINK_LIMITS.unackedBytes, this.bytes * 1.25);
    this.#reached = false;
  }

  /** Another socket, perhaps another path. */
  restart(): void {
    this.#probe = Infinity;
    this.#fastest = Infinity;
  }
}
