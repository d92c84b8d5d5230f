import { LINK_LIMITS } from './limits.ts';

/** What all links of a process share, so that many links can't hold more than a few links may. */
export class LinkBudget {
  #unacked = 0;
  #window = 0;
  readonly #unackedLimit: number;
  readonly #windowLimit: number;
  readonly #waiting = new Set<() => void>();

  constructor(limits: { processUnackedBytes: number; windowPoolBytes: number } = LINK_LIMITS) {
    this.#unackedLimit = limits.processUnackedBytes;
    this.#windowLimit = limits.windowPoolBytes;
  }

  get exhausted(): boolean {
    return this.#unacked >= this.#unackedLimit;
  }

  /** Counts bytes kept for replay. */
  keep(bytes: number): void {
    this.#unacked += bytes;
  }

  /** Gives bytes back and wakes the links that waited for them. */
  release(bytes: number): void {
    this.#unacked -= bytes;
    if (this.#waiting.size === 0 || this.exhausted) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** `wake` is called once, when bytes are free again. */
  whenFree(wake: () => void): void {
    this.#waiting.add(wake);
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }

  /** Takes credit from the common pool; false when it is used up. */
  takeWindow(bytes: number): boolean {
    if (this.#window + bytes > this.#windowLimit) return false;
    this.#window += bytes;
    return true;
  }

  returnWindow(bytes: number): void {
    this.#window -= bytes;
  }
}
