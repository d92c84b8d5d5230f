const WINDOW_SECONDS = 60;

/** Counts requests of the last minute, in one-second steps. */
export class RequestMeter {
  readonly #counts = new Uint32Array(WINDOW_SECONDS);
  readonly #now: () => number;
  /** The second that is being counted. */
  #second: number;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#second = Math.floor(now() / 1000);
  }

  count(): void {
    this.#advance();
    const slot = this.#second % WINDOW_SECONDS;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** Requests of the last 60 seconds. */
  get perMinute(): number {
    this.#advance();
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #advance(): void {
    const second = Math.floor(this.#now() / 1000);
    const passed = Math.min(second - this.#second, WINDOW_SECONDS);
    for (let step = 1; step <= passed; step++) this.#counts[(this.#second + step) % WINDOW_SECONDS] = 0;
    this.#second = second;
  }
}
