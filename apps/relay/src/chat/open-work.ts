/** What is being done and must be done before the relay ends. */
export class OpenWork {
  readonly #work = new Set<Promise<unknown>>();

  /** Passes on what becomes of it. */
  async tracked<Result>(work: Promise<Result>): Promise<Result> {
    this.#work.add(work);
    try {
      return await work;
    } finally {
      this.#work.delete(work);
    }
  }

  /** Resolves when nothing is left, also of what began meanwhile. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }
}
