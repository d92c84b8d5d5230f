import type { PushNotice } from '@cloudtolocalllm/protocol';
import type { Logger } from 'pino';
import type { BridgeStore } from '../bridges/bridge-store.ts';
import type { ConversationStore } from '../chat/conversation-store.ts';
import type { Generation, Outcome } from '../chat/generation.ts';
import type { AccountSettingsStore } from '../settings/account-settings-store.ts';
import type { PushSender } from './push-sender.ts';
import type { PushStore } from './push-store.ts';

/** A laptop between two rooms, a bridge that is updated: nobody is told of that. */
export const OFFLINE_MS = 60_000;

export interface PushNoticesOptions {
  store: Pick<PushStore, 'list'>;
  sender: Pick<PushSender, 'send'>;
  accountSettings: Pick<AccountSettingsStore, 'get'>;
  conversations: Pick<ConversationStore, 'get'>;
  bridges: Pick<BridgeStore, 'find'>;
  /** Whether one of the person's devices shows this conversation now. */
  isWatched(userId: string, conversationId: string): boolean;
  isConnected(bridgeId: string): boolean;
  log: Pick<Logger, 'warn'>;
  offlineMs?: number | undefined;
}

/** What a bridge's connection says of itself. */
export interface SeenBridge {
  readonly userId: string;
  readonly bridgeId: string;
  readonly connected: boolean;
}

/**
 * Tells people, where they asked for it, what happens while they look elsewhere. Everything here happens behind what it
 * is about: nothing waits for it, and whatever goes wrong is logged.
 */
export class PushNotices implements Disposable {
  readonly #options: PushNoticesOptions;
  /** By bridge: those that went offline a moment ago. */
  readonly #leaving = new Map<string, NodeJS.Timeout>();
  readonly #work = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: PushNoticesOptions) {
    this.#options = options;
  }

  /** An answer has ended. Its person knows already when they stopped it, and a relay that restarts is no news of theirs. */
  answerEnded(outcome: Outcome, { key }: Pick<Generation, 'key'>): void {
    const { userId, conversationId, messageId } = key;
    const isRestart = 'error' in outcome && outcome.error.code === 'shutting_down';
    if (this.#isClosed || isRestart || outcome.status === 'stopped') return;
    this.#do(async () => {
      if (this.#options.isWatched(userId, conversationId)) return;
      await this.#tell(userId, 'answers', conversationId, async () => {
        const conversation = await this.#options.conversations.get(userId, conversationId);
        return conversation && { type: 'answer', conversationId, messageId, title: conversation.title };
      });
    });
  }

  /** A bridge came, reported or went. */
  bridgeChanged({ userId, bridgeId, connected }: SeenBridge): void {
    if (this.#isClosed) return;
    if (connected) {
      clearTimeout(this.#leaving.get(bridgeId));
      this.#leaving.delete(bridgeId);
    } else if (!this.#leaving.has(bridgeId)) {
      const left = (): void => this.#left(userId, bridgeId);
      this.#leaving.set(bridgeId, setTimeout(left, this.#options.offlineMs ?? OFFLINE_MS).unref());
    }
  }

  /** Resolves when what happened until now has been handed over. */
  async settled(): Promise<void> {
    await Promise.all(this.#work);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    this.#leaving.clear();
  }

  #left(userId: string, bridgeId: string): void {
    this.#leaving.delete(bridgeId);
    if (this.#options.isConnected(bridgeId)) return;
    this.#do(async () => {
      await this.#tell(userId, 'computers', bridgeId, async () => {
        // One that was removed meanwhile went on purpose.
        const bridge = await this.#options.bridges.find(userId, bridgeId);
        return bridge && { type: 'computer', bridgeId, name: bridge.name, status: 'disconnected' };
      });
    });
  }

  async #tell(
    userId: string,
    wanted: 'answers' | 'computers',
    about: string,
    read: () => Promise<PushNotice | undefined>,
  ): Promise<void> {
    const { store, sender, accountSettings } = this.#options;
    const subscriptions = await store.list(userId);
    if (subscriptions.length === 0) return;
    if (!(await accountSettings.get(userId)).notifications[wanted]) return;
    const notice = await read();
    if (notice === undefined) return;
    for (const subscription of subscriptions) void sender.send(subscription, { notice, topic: topicOf(about) });
  }

  #do(task: () => Promise<void>): void {
    const work = task()
      .catch((err: unknown) => {
        if (!this.#isClosed) this.#options.log.warn({ err }, 'Cannot tell a person by Web Push: reading it failed');
      })
      .finally(() => this.#work.delete(work));
    this.#work.add(work);
  }
}

/** RFC 8030, 5.4: at most 32 characters of base64url, which a UUID without its dashes is. */
export function topicOf(id: string): string {
  return id
    .slice(id.indexOf('-') + 1)
    .replaceAll('-', '')
    .slice(0, 32);
}
