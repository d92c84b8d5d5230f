/** Takes nothing new and resolves when all that runs has ended; `signal` says that the grace period is over. */
export type DrainHook = (signal: AbortSignal, graceMs: number) => Promise<void> | void;

/** For what is left to store after the grace period; then the process ends whatever hangs. */
const SETTLE_MS = 2_000;

/** From serving to drained: what must shut down gracefully hooks in here. */
export class Lifecycle {
  readonly #hooks: DrainHook[] = [];
  readonly #graceMs: number;
  #drained: Promise<void> | undefined;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** True from the moment when nothing new is taken. */
  get draining(): boolean {
    return this.#drained !== undefined;
  }

  onDrain(hook: DrainHook): void {
    this.#hooks.push(hook);
  }

  /** Runs all hooks at the same time; resolves when the last one has, and shortly after the grace period at the latest. */
  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    const grace = new AbortController();
    const over = Promise.withResolvers<void>();
    const graceTimer = setTimeout(() => grace.abort(), this.#graceMs);
    const settleTimer = setTimeout(over.resolve, this.#graceMs + SETTLE_MS);
    const hooks = this.#hooks.map(async (hook) => hook(grace.signal, this.#graceMs));
    // One that fails must not cut the others short.
    const outcomes = await Promise.race([Promise.allSettled(hooks), over.promise]);
    clearTimeout(graceTimer);
    clearTimeout(settleTimer);
    const failed = outcomes?.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
