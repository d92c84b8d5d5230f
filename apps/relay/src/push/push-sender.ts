import type { Logger } from 'pino';
import type { PushSubscriptionRow } from '../storage/tables.ts';
import type { PushStore } from './push-store.ts';
import { type PushMessage, type PushOutcome, sendPush, type SendPushOptions } from './send-push.ts';

export interface PushSenderLimits {
  /** Requests to push services at the same time. */
  running: number;
  /** Of all people; what comes on top is lost, as notices may be. */
  waiting: number;
  /** Of one person at the same time: one who chose slow push services keeps nobody else waiting. */
  perUser: number;
  /** Of one person: nobody takes the places of all others. A few notices to each of their browsers. */
  waitingPerUser: number;
}
export const PUSH_SENDER_LIMITS: PushSenderLimits = { running: 16, waiting: 2_000, perUser: 4, waitingPerUser: 100 };

export interface PushSenderOptions extends Omit<SendPushOptions, 'signal' | 'subject'> {
  store: Pick<PushStore, 'reached' | 'failed' | 'remove'>;
  subject: () => string;
  log: Pick<Logger, 'warn'>;
  limits?: Partial<PushSenderLimits>;
}

interface Job {
  subscription: PushSubscriptionRow;
  message: PushMessage;
  done(outcome: PushOutcome): void;
}

/** Sends notices beside everything else, some at a time, and keeps in mind which browsers are still there. */
export class PushSender implements AsyncDisposable {
  readonly #options: PushSenderOptions;
  readonly #limits: PushSenderLimits;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #perUser = new Map<string, number>();
  #waiting: Job[] = [];

  constructor(options: PushSenderOptions) {
    this.#options = options;
    this.#limits = { ...PUSH_SENDER_LIMITS, ...options.limits };
  }

  /** How it went, in the end; `failed` when too many wait. Never rejects. */
  send(subscription: PushSubscriptionRow, message: PushMessage): Promise<PushOutcome> {
    if (this.#closing.signal.aborted || !this.#hasPlace(subscription.user_id)) return Promise.resolve('failed');
    const { promise, resolve } = Promise.withResolvers<PushOutcome>();
    this.#waiting.push({ subscription, message, done: resolve });
    this.#next();
    return promise;
  }

  /** Before all of a person's is removed: nothing more is sent to them. */
  dropUser(userId: string): void {
    const dropped = this.#waiting.filter(({ subscription }) => subscription.user_id === userId);
    this.#waiting = this.#waiting.filter(({ subscription }) => subscription.user_id !== userId);
    for (const { done } of dropped) done('failed');
  }

  /** Gives up what is being sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const { done } of this.#waiting.splice(0)) done('failed');
    await Promise.all(this.#running);
  }

  #hasPlace(userId: string): boolean {
    const { waiting, waitingPerUser } = this.#limits;
    if (this.#waiting.length >= waiting) return false;
    return this.#waiting.filter(({ subscription }) => subscription.user_id === userId).length < waitingPerUser;
  }

  #next(): void {
    while (this.#running.size < this.#limits.running) {
      const index = this.#waiting.findIndex(
        ({ subscription }) => (this.#perUser.get(subscription.user_id) ?? 0) < this.#limits.perUser,
      );
      if (index === -1) return;
      const [job] = this.#waiting.splice(index, 1);
      if (job !== undefined) this.#start(job);
    }
  }

  #start(job: Job): void {
    const { user_id: userId } = job.subscription;
    this.#perUser.set(userId, (this.#perUser.get(userId) ?? 0) + 1);
    const running = this.#deliver(job).finally(() => {
      this.#running.delete(running);
      const left = (this.#perUser.get(userId) ?? 1) - 1;
      if (left > 0) this.#perUser.set(userId, left);
      else this.#perUser.delete(userId);
      this.#next();
    });
    this.#running.add(running);
  }

  /** Never rejects. */
  async #deliver({ subscription, message, done }: Job): Promise<void> {
    const { store, subject, log } = this.#options;
    const { signal } = this.#closing;
    const outcome = await sendPush(subscription, message, { ...this.#options, subject: subject(), signal });
    try {
      // A relay that ends says nothing of the browser.
      if (outcome === 'sent') await store.reached(subscription);
      else if (outcome === 'gone') await store.remove(subscription.user_id, subscription.id);
      else if (!signal.aborted) await store.failed(subscription);
    } catch (err) {
      log.warn({ err }, 'Cannot keep whether a browser was reached');
    }
    done(outcome);
  }
}
