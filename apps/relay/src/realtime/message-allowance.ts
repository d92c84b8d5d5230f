import type { RealtimeLimits } from './limits.ts';

type Allowed = Pick<RealtimeLimits, 'messageBurst' | 'messagesPerSecond'>;

/** How many messages a device may send: some at once, and so many more with every second. */
export class MessageAllowance {
  readonly #limits: Allowed;
  #left: number;
  #at: number;

  /** `now` in milliseconds, as `performance.now()`. */
  constructor(limits: Allowed, now: number) {
    this.#limits = limits;
    this.#left = limits.messageBurst;
    this.#at = now;
  }

  /** Takes one; false when there is none left. */
  take(now: number): boolean {
    const { messageBurst, messagesPerSecond } = this.#limits;
    this.#left = Math.min(messageBurst, this.#left + ((now - this.#at) / 1000) * messagesPerSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
