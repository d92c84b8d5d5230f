import type { Logger } from 'pino';
import type { IdempotencyStore } from './idempotency-store.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Removes old keys now and every hour until it is disposed. */
export class IdempotencySweep implements AsyncDisposable {
  readonly #store: Pick<IdempotencyStore, 'sweep'>;
  readonly #log: Pick<Logger, 'error'>;
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void>;

  constructor(store: Pick<IdempotencyStore, 'sweep'>, log: Pick<Logger, 'error'>) {
    this.#store = store;
    this.#log = log;
    this.#sweeping = this.#sweep();
    this.#timer = setInterval(() => {
      this.#sweeping = this.#sweep();
    }, HOUR_MS).unref();
  }

  async #sweep(): Promise<void> {
    try {
      await this.#store.sweep();
    } catch (err) {
      this.#log.error({ err }, 'Cannot remove old idempotency keys');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }
}
