import { LINK_LIMITS } from './limits.ts';

/** One socket under watch. Its owner sets `heardAt` on every sign of life (message, ping, pong). */
export interface Pulse {
  heardAt: number;
  /** The heartbeat's own note; undefined until the first ping. */
  pingedAt?: number | undefined;
  ping(): void;
  /** Nothing was heard since a ping, `pongMs` ago or longer. */
  dead(): void;
}

const SLICES = 20;

export interface HeartbeatOptions {
  pingMs?: number;
  pongMs?: number;
  /** Parts that are looked at one after the other; 1 for a single socket. */
  slices?: number;
}

/**
 * Pings silent sockets and finds dead ones, with one timer for all: each is looked at once per `pongMs`, a slice of
 * them per tick, so that thousands of pings never fall into one event-loop turn. Who has not answered a ping at the next
 * look is dead: between two looks there are many turns, so a process that was held up never takes its own for theirs.
 */
export class Heartbeat implements Disposable {
  readonly #slices: readonly Set<Pulse>[];
  readonly #pingMs: number;
  readonly #pongMs: number;
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #tick = 0;

  constructor({ pingMs = LINK_LIMITS.pingMs, pongMs = LINK_LIMITS.pongMs, slices = SLICES }: HeartbeatOptions = {}) {
    this.#slices = Array.from({ length: slices }, () => new Set<Pulse>());
    this.#pingMs = pingMs;
    this.#pongMs = pongMs;
  }

  add(pulse: Pulse): void {
    this.#slices[this.#next++ % this.#slices.length]!.add(pulse); // the remainder is a valid index
    pulse.pingedAt = undefined;
    this.#timer ??= setInterval(() => this.beat(performance.now()), this.#pongMs / this.#slices.length).unref();
  }

  remove(pulse: Pulse): void {
    for (const slice of this.#slices) if (slice.delete(pulse)) return;
  }

  /** One tick: one slice is pinged; `now` in milliseconds as `performance.now()`. */
  beat(now: number): void {
    for (const pulse of this.#slices[this.#tick++ % this.#slices.length]!) {
      if (pulse.pingedAt !== undefined && pulse.pingedAt > pulse.heardAt) pulse.dead();
      else if (now - pulse.heardAt >= this.#pingMs) {
        pulse.pingedAt = now;
        pulse.ping();
      }
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const slice of this.#slices) slice.clear();
  }
}
