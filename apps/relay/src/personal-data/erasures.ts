import { RelayError } from '../errors.ts';

/** Deleting takes a moment, and seconds with very many conversations. */
const RETRY_AFTER_SECONDS = 2;

/** Whose data is being deleted now: nothing new of theirs may begin meanwhile. */
export class Erasures {
  readonly #running = new Set<string>();

  /** From now until it is disposed. @throws RelayError rate_limited when it runs already */
  begin(userId: string): Disposable {
    this.refuse(userId);
    this.#running.add(userId);
    return { [Symbol.dispose]: () => this.#running.delete(userId) };
  }

  /** @throws RelayError rate_limited for one whose data is being deleted */
  refuse(userId: string): void {
    if (!this.#running.has(userId)) return;
    throw new RelayError('rate_limited', 'Everything of this account is being deleted. Try again when that is done.', {
      retryAfter: RETRY_AFTER_SECONDS,
    });
  }
}
