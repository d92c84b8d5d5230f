/**
 * Something of a person's changed. Light on purpose: whoever tells it to devices reads what it is now, once, and only
 * when a device listens.
 */
export type UserEvent =
  | { type: 'conversation'; conversationId: string }
  | { type: 'conversation_deleted'; conversationId: string; undoUntil: string }
  | { type: 'message'; conversationId: string; messageId: string }
  | { type: 'messages_deleted'; conversationId: string; messageIds: string[] }
  | { type: 'bridge'; bridgeId: string }
  | { type: 'bridge_removed'; bridgeId: string }
  | { type: 'bridge_message'; bridgeId: string; messageId: string }
  | { type: 'proxy'; proxyId: string }
  | { type: 'settings' };

export interface UserEvents {
  /** Tells all who listen for this user; they are called before it returns, and may not throw. */
  publish(userId: string, event: UserEvent): void;
  subscribe(userId: string, listener: (event: UserEvent) => void): Disposable;
}

/** For one relay process: what happens here is heard here. */
export class LocalUserEvents implements UserEvents {
  readonly #listeners = new Map<string, Set<(event: UserEvent) => void>>();

  publish(userId: string, event: UserEvent): void {
    for (const listener of this.#listeners.get(userId) ?? []) listener(event);
  }

  subscribe(userId: string, listener: (event: UserEvent) => void): Disposable {
    let listeners = this.#listeners.get(userId);
    if (listeners === undefined) this.#listeners.set(userId, (listeners = new Set()));
    listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.#listeners.get(userId) === listeners) this.#listeners.delete(userId);
      },
    };
  }
}
