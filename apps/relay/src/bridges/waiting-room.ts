/** Requests that wait a moment for something to change. */
export class WaitingRoom {
  readonly #waiting = new Set<() => void>();

  /** How many wait now. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Something changed: everybody looks again. */
  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const look of waiting) look();
  }

  /** Resolves when `fulfilled` says true, or after this time. */
  async until(fulfilled: () => boolean, milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0 && !fulfilled(); left = deadline - performance.now()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, left);
      this.#waiting.add(resolve);
      await promise;
      clearTimeout(timer);
      this.#waiting.delete(resolve);
    }
  }
}
