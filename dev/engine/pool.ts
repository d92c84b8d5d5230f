/** Lends a fixed number of things; who finds none left waits in line, first come first served. */
export class Pool<Item> {
  readonly #free: Item[];
  readonly #waiting = new Set<(item: Item) => void>();

  constructor(items: Iterable<Item>) {
    this.#free = [...items];
  }

  /** Rejects with the signal's reason when the caller gives up waiting. */
  acquire(signal: AbortSignal): Promise<Item> {
    signal.throwIfAborted();
    const item = this.#free.pop();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(take);
        reject(signal.reason);
      };
      const take = (given: Item) => {
        this.#waiting.delete(take);
        signal.removeEventListener('abort', leave);
        resolve(given);
      };
      this.#waiting.add(take);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  release(item: Item): void {
    const [next] = this.#waiting;
    if (next) next(item);
    else this.#free.push(item);
  }
}
