/** A wait that can be cut short; it leaves nothing behind, however often it is used. */
export class RetryWait {
  #end: () => void = () => {};

  /** Resolves after this time, when the signal aborts, or when it is ended. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#end = () => resolve();
    const timer = setTimeout(resolve, milliseconds);
    const { end } = this;
    signal.addEventListener('abort', end);
    await promise;
    signal.removeEventListener('abort', end);
    clearTimeout(timer);
  }

  /** Ends the wait that is on, if there is one. */
  readonly end = (): void => this.#end();
}
