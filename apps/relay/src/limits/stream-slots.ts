import { RelayError } from '../errors.ts';

/** Nobody knows when a stream ends; clients that try this often do no harm. */
const RETRY_AFTER_SECONDS = 10;

/**
 * What each user has open at a time of one kind: streams (requests to engines, event streams, and answers being made), or
 * WebSockets.
 */
export class StreamSlots {
  /** As many as one user may have. */
  readonly perUser: number;
  readonly #kind: string;
  readonly #taken = new Map<string, number>();

  /** `kind` is what they are called in the error. */
  constructor(perUser: number, kind: 'streams' | 'WebSockets' = 'streams') {
    this.perUser = perUser;
    this.#kind = kind;
  }

  /** Those that are open now, of all users. */
  get size(): number {
    let sum = 0;
    for (const count of this.#taken.values()) sum += count;
    return sum;
  }

  /** Those of this user that are open now. */
  takenBy(userId: string): number {
    return this.#taken.get(userId) ?? 0;
  }

  /**
   * Takes one; disposing frees it, once however often it is called.
   * @throws RelayError rate_limited when the user has no more.
   */
  take(userId: string): Disposable {
    const count = this.takenBy(userId);
    if (count >= this.perUser) {
      throw new RelayError(
        'rate_limited',
        `You have ${count} ${this.#kind} open, and that is as many as this relay lets one person have at a time. ` +
          'It goes on when one of them ends.',
        { retryAfter: RETRY_AFTER_SECONDS },
      );
    }
    this.#taken.set(userId, count + 1);
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (isTaken) this.#free(userId);
        isTaken = false;
      },
    };
  }

  #free(userId: string): void {
    const count = this.takenBy(userId);
    if (count > 1) this.#taken.set(userId, count - 1);
    else this.#taken.delete(userId);
  }
}
