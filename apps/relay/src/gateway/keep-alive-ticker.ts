/** Something that lives for a while and looks, at every tick, whether it has been silent for too long. */
export interface Ticking {
  tick(): void;
}

/** Tells all its members the time, about once in `TICK_MS`. */
export interface Ticker {
  add(member: Ticking): void;
  delete(member: Ticking): void;
}

/** How much longer than meant a silence may last. */
export const TICK_MS = 1_000;

/** One timer for all answers of a relay: none of them reads a clock or moves a timer with each token. */
export class IntervalTicker implements Ticker, Disposable {
  readonly #members = new Set<Ticking>();
  readonly #timer: NodeJS.Timeout;

  constructor(tickMs: number = TICK_MS) {
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  add(member: Ticking): void {
    this.#members.add(member);
  }

  delete(member: Ticking): void {
    this.#members.delete(member);
  }

  #tick(): void {
    for (const member of this.#members) member.tick();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#members.clear();
  }
}
