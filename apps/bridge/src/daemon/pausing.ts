/** Between looks whether what still runs has ended: a person's eye sees no difference. */
const LOOK_MS = 50;

export interface PausingOptions {
  /** Something runs that would be lost, or nobody has been told of its end. */
  isBusy(): boolean;
  /** A pause began or ended, or is there for other reasons than before. */
  changed(): void;
}

/**
 * Reasons to stay away from the relay: a person's switch, the policy's hours. While there is one nothing new is begun;
 * once what runs has ended, `leaving` says so to whoever holds the connection.
 */
export class Pausing implements Disposable {
  readonly #options: PausingOptions;
  readonly #reasons = new Map<string, string>();
  #leaving = new AbortController();
  #back = Promise.withResolvers<void>();
  #looks: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: PausingOptions) {
    this.#options = options;
  }

  /** Why it pauses, for a person; undefined when it does not. */
  get detail(): string | undefined {
    return this.#reasons.size > 0 ? [...this.#reasons.values()].join('; ') : undefined;
  }

  /** Aborted when it is time to leave the relay: nothing runs any more, or the bridge is being stopped. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Adds a reason, or says it in other words. */
  pause(key: string, detail: string): void {
    if (this.#isStopped || this.#reasons.get(key) === detail) return;
    const isFirst = this.#reasons.size === 0;
    this.#reasons.set(key, detail);
    if (isFirst) {
      this.#looks = setInterval(() => this.#look(), LOOK_MS);
      this.#look();
    }
    this.#options.changed();
  }

  /** Removes a reason; without one the bridge goes on at once. */
  resume(key: string): void {
    if (!this.#reasons.delete(key)) return;
    if (this.#reasons.size === 0) {
      clearInterval(this.#looks);
      if (this.#leaving.signal.aborted && !this.#isStopped) this.#leaving = new AbortController();
      this.#back.resolve();
      this.#back = Promise.withResolvers();
    }
    this.#options.changed();
  }

  /** Waits until there is no reason left to be away; returns at once when there is none. */
  async ended(): Promise<void> {
    while (this.#reasons.size > 0 && !this.#isStopped) await this.#back.promise;
  }

  /** The bridge is being stopped: leave now, wait for nothing. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#looks);
    this.#leaving.abort();
    this.#back.resolve();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #look(): void {
    if (this.#options.isBusy()) return;
    clearInterval(this.#looks);
    this.#leaving.abort();
  }
}
