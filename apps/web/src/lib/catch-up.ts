import type { Chat } from './chat.ts';
import type { ConversationsStore } from './conversations.ts';
import type { Live } from './live.ts';
import type { Router } from './router.ts';
import type { SettingsStore } from './settings.ts';
import type { ReadableStore } from './store.ts';

export type CatchUpOptions = {
  page: Pick<Window, 'addEventListener'>;
  isOffline: ReadableStore<boolean>;
  isSignedIn: () => boolean;
  live: Pick<Live, 'reconnect'>;
  conversations: Pick<ConversationsStore, 'load'>;
  settings: Pick<SettingsStore, 'load'>;
  chat: Pick<Chat, 'open'>;
  route: Router['route'];
};

/** When the relay is in reach again, asks at once for what may have changed; the sockets alone would take a while. */
export function catchUp({
  page,
  isOffline,
  isSignedIn,
  live,
  conversations,
  settings,
  chat,
  route,
}: CatchUpOptions): void {
  let wasOffline = isOffline.get();
  page.addEventListener('online', () => live.reconnect());
  isOffline.subscribe(() => {
    const isBack = wasOffline && !isOffline.get();
    wasOffline = isOffline.get();
    if (!isBack || !isSignedIn()) return;
    live.reconnect();
    void conversations.load();
    void settings.load();
    const open = route.get();
    if (open.name === 'conversation') void chat.open(open.conversationId);
  });
}
