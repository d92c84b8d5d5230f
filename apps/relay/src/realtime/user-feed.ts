import type { UserEvent, UserEvents } from '../fabric/user-events.ts';
import { type ReadChange, thingOf } from './change-reader.ts';
import { FeedRing } from './feed-ring.ts';
import type { RealtimeLimits } from './limits.ts';

export interface UserFeedOptions {
  userId: string;
  events: UserEvents;
  read: ReadChange;
  limits: RealtimeLimits;
  /** A change could not be read; devices are told to fetch everything anew. */
  onError: (error: unknown) => void;
}

/**
 * What happens to one person's things, read once for all their devices: each change is read from the database, one
 * after the other, and put into the ring. Of a thing that changes while others are read, the newest state is told.
 */
export class UserFeed implements Disposable {
  readonly ring: FeedRing;
  readonly #options: UserFeedOptions;
  readonly #subscription: Disposable;
  readonly #listeners = new Set<() => void>();
  readonly #pending = new Map<string, UserEvent>();
  #isReading = false;
  #isClosed = false;

  constructor(options: UserFeedOptions) {
    this.#options = options;
    this.ring = new FeedRing(options.limits);
    this.#subscription = options.events.subscribe(options.userId, (event) => this.#changed(event));
  }

  /** Calls `listener` whenever the ring has more, or began anew. It may not throw. */
  follow(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#subscription[Symbol.dispose]();
    this.#pending.clear();
  }

  #changed(event: UserEvent): void {
    const thing = thingOf(event);
    // Its place is kept, unless it was deleted or came back: that must be told after what happened before.
    if (this.#pending.get(thing)?.type !== event.type) this.#pending.delete(thing);
    this.#pending.set(thing, event);
    if (this.#pending.size > this.#options.limits.pendingChanges) this.#lose();
    else if (!this.#isReading) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    for (const [thing, event] of this.#pending) {
      this.#pending.delete(thing);
      try {
        // One after the other: they are told in this order.
        const told = await this.#options.read(this.#options.userId, event);
        if (this.#isClosed) return;
        if (told !== undefined) this.ring.append(told);
        if (told !== undefined) this.#notify();
      } catch (error) {
        if (this.#isClosed) return;
        this.#options.onError(error);
        this.#lose();
      }
    }
    this.#isReading = false;
  }

  #lose(): void {
    this.#pending.clear();
    this.ring.restart();
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
