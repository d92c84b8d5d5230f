import type { Logger } from 'pino';
import type { AuditLog } from './audit-log.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Removes old entries of the audit log now and every day until it is disposed. */
export class AuditSweep implements AsyncDisposable {
  readonly #audit: AuditLog;
  readonly #log: Pick<Logger, 'error'>;
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void>;

  constructor(audit: AuditLog, log: Pick<Logger, 'error'>) {
    this.#audit = audit;
    this.#log = log;
    this.#sweeping = this.#sweep();
    this.#timer = setInterval(() => {
      this.#sweeping = this.#sweep();
    }, DAY_MS).unref();
  }

  async #sweep(): Promise<void> {
    try {
      await this.#audit.sweep();
    } catch (err) {
      this.#log.error({ err }, 'Cannot remove old entries of the audit log');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }
}
