import { UserFeed, type UserFeedOptions } from './user-feed.ts';

interface KeptFeed {
  feed: UserFeed;
  devices: number;
}

/** One feed per person with devices, and for a while after the last one has gone. */
export class UserFeeds implements Disposable {
  readonly #options: Omit<UserFeedOptions, 'userId'>;
  readonly #feeds = new Map<string, KeptFeed>();
  /** In the order in which they were left alone. */
  readonly #lingering = new Map<string, NodeJS.Timeout>();

  constructor(options: Omit<UserFeedOptions, 'userId'>) {
    this.#options = options;
  }

  get size(): number {
    return this.#feeds.size;
  }

  /** For one device; disposing says that it is gone, once however often it is called. */
  take(userId: string): { feed: UserFeed } & Disposable {
    clearTimeout(this.#lingering.get(userId));
    this.#lingering.delete(userId);
    let kept = this.#feeds.get(userId);
    if (kept === undefined) {
      kept = { feed: new UserFeed({ ...this.#options, userId }), devices: 0 };
      this.#feeds.set(userId, kept);
    }
    kept.devices++;
    const { feed } = kept;
    let isTaken = true;
    return {
      feed,
      [Symbol.dispose]: () => {
        if (isTaken) this.#left(userId);
        isTaken = false;
      },
    };
  }

  [Symbol.dispose](): void {
    for (const userId of this.#feeds.keys()) this.drop(userId);
  }

  #left(userId: string): void {
    const kept = this.#feeds.get(userId);
    if (kept === undefined || --kept.devices > 0) return;
    const { lingerMs, lingeringFeeds } = this.#options.limits;
    this.#lingering.set(userId, setTimeout(() => this.drop(userId), lingerMs).unref());
    const [oldest] = this.#lingering.keys();
    if (this.#lingering.size > lingeringFeeds && oldest !== undefined) this.drop(oldest);
  }

  /** Forgets what was told to this person, whose devices have gone. */
  drop(userId: string): void {
    clearTimeout(this.#lingering.get(userId));
    this.#lingering.delete(userId);
    this.#feeds.get(userId)?.feed[Symbol.dispose]();
    this.#feeds.delete(userId);
  }
}
