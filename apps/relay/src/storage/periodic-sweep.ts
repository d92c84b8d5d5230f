import type { Logger } from 'pino';

export interface PeriodicSweepOptions {
  /** As in "Cannot remove …". */
  what: string;
  everyMs: number;
  sweep(): Promise<unknown>;
  log: Pick<Logger, 'error'>;
}

/** Removes what is not kept any longer, now and again and again until it is disposed; never twice at a time. */
export class PeriodicSweep implements AsyncDisposable {
  readonly #options: PeriodicSweepOptions;
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;

  constructor(options: PeriodicSweepOptions) {
    this.#options = options;
    this.#begin();
    this.#timer = setInterval(() => this.#begin(), options.everyMs).unref();
  }

  #begin(): void {
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined));
  }

  async #sweep(): Promise<void> {
    const { what, sweep, log } = this.#options;
    try {
      await sweep();
    } catch (err) {
      log.error({ err }, `Cannot remove ${what}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }
}
