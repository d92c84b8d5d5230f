import { LINK_LIMITS } from './limits.ts';

/** One socket under watch. Its owner sets `heardAt` on every sign of life (message, ping, pong). */
export interface Pulse {
  heardAt: number;
  ping(): void;
  /** Nothing was heard for `pingMs + pongMs`. */
  dead(): void;
}

const SLICES = 20;

/**
 * Pings silent sockets and finds dead ones, with one timer for all: each is looked at twice per `pingMs`, a slice of
 * them per tick, so that thousands of pings never fall into one event-loop turn.
 */
export class Heartbeat implements Disposable {
  readonly #slices = Array.from({ length: SLICES }, () => new Set<Pulse>());
  readonly #pingMs: number;
  readonly #pongMs: number;
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #tick = 0;

  constructor({ pingMs = LINK_LIMITS.pingMs as number, pongMs = LINK_LIMITS.pongMs as number } = {}) {
    this.#pingMs = pingMs;
    this.#pongMs = pongMs;
  }

  add(pulse: Pulse): void {
    this.#slices[this.#next++ % SLICES]!.add(pulse); // the remainder is a valid index
    this.#timer ??= setInterval(() => this.beat(performance.now()), this.#pingMs / 2 / SLICES).unref();
  }

  remove(pulse: Pulse): void {
    for (const slice of this.#slices) if (slice.delete(pulse)) return;
  }

  /** One tick: one slice is pinged; `now` in milliseconds as `performance.now()`. */
  beat(now: number): void {
    for (const pulse of this.#slices[this.#tick++ % SLICES]!) {
      if (now - pulse.heardAt >= this.#pingMs + this.#pongMs) pulse.dead();
      else if (now - pulse.heardAt >= this.#pingMs) pulse.ping();
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const slice of this.#slices) slice.clear();
  }
}
