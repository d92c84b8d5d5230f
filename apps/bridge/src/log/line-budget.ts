const LINES = 60;
const WINDOW_MS = 60_000;

/** So many lines a minute: what a relay can cause must not push everything else out of the log. */
export class LineBudget {
  readonly #now: () => number;
  #windowEnds = 0;
  #left = LINES;
  #dropped = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Undefined = no line now; else how many were dropped since the last one. */
  take(): number | undefined {
    const now = this.#now();
    // A clock that was set back must not silence the log.
    if (now >= this.#windowEnds || this.#windowEnds - now > WINDOW_MS) {
      this.#windowEnds = now + WINDOW_MS;
      this.#left = LINES;
    }
    if (this.#left === 0) {
      this.#dropped++;
      return undefined;
    }
    this.#left--;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
