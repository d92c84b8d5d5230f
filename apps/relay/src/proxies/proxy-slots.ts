import type { ProxiesConfiguration } from '../config.ts';
import { RelayError } from '../errors.ts';

/** How many proxies there may be, those that are being made and those that are ending included. */
export class ProxySlots {
  readonly #bounds: Pick<ProxiesConfiguration, 'maxPerUser' | 'maxTotal'>;
  readonly #ofUsers = new Map<string, number>();
  #total = 0;

  constructor(bounds: Pick<ProxiesConfiguration, 'maxPerUser' | 'maxTotal'>) {
    this.#bounds = bounds;
  }

  /** One for this user until it is disposed. @throws RelayError rate_limited */
  take(userId: string): Disposable {
    const { maxPerUser, maxTotal } = this.#bounds;
    const count = this.#ofUsers.get(userId) ?? 0;
    if (count >= maxPerUser) {
      throw new RelayError(
        'rate_limited',
        `You have ${count} proxies, as many as this relay lets you have: delete one that you no longer use.`,
      );
    }
    if (this.#total >= maxTotal) {
      throw new RelayError('rate_limited', `This relay runs ${maxTotal} proxies, as many as it may: try again later.`);
    }
    this.#ofUsers.set(userId, count + 1);
    this.#total++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#total--;
        const left = (this.#ofUsers.get(userId) ?? 1) - 1;
        if (left === 0) this.#ofUsers.delete(userId);
        else this.#ofUsers.set(userId, left);
      },
    };
  }
}
