import { DatabaseError } from './database-error.ts';

interface Waiting {
  enter(): void;
  reject(error: DatabaseError): void;
}

/**
 * Keeps the one database connection to an interactive transaction while it lasts: its queries pass, everybody
 * else's wait in the order they came. Without a transaction nothing waits, so queries still follow each other closely.
 */
export class TransactionGate implements Disposable {
  readonly #waiting: Waiting[] = [];
  #holder: object | undefined;
  #closed: DatabaseError | undefined;

  /** Runs `post` as soon as no transaction of another holder is open. */
  pass<Result>(holder: object, post: () => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#holder === holder || this.#isFree()) return post();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ enter: () => resolve(post()), reject });
    });
  }

  /** Resolves when the gate belongs to `holder`, which then must release it. */
  hold(holder: object): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#isFree()) {
      this.#holder = holder;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        this.#holder = holder;
        resolve();
      };
      this.#waiting.push({ enter, reject });
    });
  }

  /** Does nothing for one who doesn't hold it. */
  release(holder: object): void {
    if (this.#holder !== holder) return;
    this.#holder = undefined;
    while (this.#holder === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next.enter();
    }
  }

  /** Rejects all who wait and all who come. */
  [Symbol.dispose](): void {
    this.#closed = new DatabaseError('closed', 'Cannot run query: the database is closed');
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed);
  }

  #isFree(): boolean {
    return this.#holder === undefined && this.#waiting.length === 0;
  }
}
