/** Remembered at once; the oldest are forgotten: they mostly have heard it on their socket already. */
const MAX_INSTANCES = 10_000;

/** Processes whose place another process took, so that each is told when it comes back. */
export class ReplacedInstances {
  readonly #instances = new Set<string>();

  add(instance: string): void {
    this.#instances.add(instance);
    const [oldest] = this.#instances;
    if (this.#instances.size > MAX_INSTANCES && oldest !== undefined) this.#instances.delete(oldest);
  }

  has(instance: string): boolean {
    return this.#instances.has(instance);
  }
}
