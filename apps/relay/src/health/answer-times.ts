import { median } from './median.ts';

/** More answers in a minute than this, and the newest of them stand for all: bounded memory, a cheap sort. */
const CAPACITY = 2048;
const WINDOW_MS = 60_000;

/** How long the answers of the last minute took, in a ring of fixed size. */
export class AnswerTimes {
  readonly #endedAt = new Float64Array(CAPACITY).fill(-Infinity);
  readonly #tookMs = new Float32Array(CAPACITY);
  readonly #now: () => number;
  #next = 0;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(tookMs: number): void {
    this.#endedAt[this.#next] = this.#now();
    this.#tookMs[this.#next] = tookMs;
    this.#next = (this.#next + 1) % CAPACITY;
  }

  /** Median in milliseconds; undefined when nothing was answered in the last minute. */
  get medianMs(): number | undefined {
    const since = this.#now() - WINDOW_MS;
    return median(this.#tookMs.filter((_took, index) => (this.#endedAt[index] ?? 0) > since));
  }
}
