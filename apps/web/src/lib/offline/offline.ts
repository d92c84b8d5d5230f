import type { Client, Conversation, RealtimeEvent } from '@cloudtolocalllm/sdk';
import type { Chat } from '../chat.ts';
import type { ConversationsStore } from '../conversations.ts';
import type { TextsStore } from '../language.ts';
import type { Router } from '../router.ts';
import type { ReadableStore } from '../store.ts';
import { isRunning, NEW_THREAD, type Thread } from '../thread.ts';
import type { Saved } from './saved.ts';

export type OfflineOptions = {
  /** Nothing is kept before the relay has said whose it is. */
  userId: ReadableStore<string | undefined>;
  saved: Saved;
  calls: Pick<Client['conversations'], 'list'>;
  isOffline: ReadableStore<boolean>;
  conversations: ConversationsStore;
  chat: Pick<Chat, 'threads' | 'restore'>;
  route: Router['route'];
  texts: TextsStore;
  page: Pick<Window, 'setTimeout' | 'clearTimeout'>;
};

export type Offline = { hear(event: RealtimeEvent): void; stop(): void };

/** After the last change of many. */
const SAVE_MS = 1_000;
/** As many as the relay gives at once. */
const PAGE = 200;

/** Keeps what is read for times without a network, and shows it then. Works from its making until `stop`. */
export function startOffline({
  userId,
  saved,
  calls,
  isOffline,
  conversations,
  chat,
  route,
  texts,
  page,
}: OfflineOptions): Offline {
  let isStopped = false;
  let isClaimed = false;
  let timer: number | undefined;
  /** What is kept already: the very values, so that nothing is written twice. */
  let keptList: readonly Conversation[] | undefined;
  const kept = new Map<string, Thread['messages']>();
  /** Kept ones that the relay has, as far as this page was told; not asked for again. */
  const there = new Set<string>();
  /** Deleted while this page was open: what was on its way by then must not bring them back. */
  const gone = new Set<string>();

  async function save(): Promise<void> {
    const owner = userId.get();
    if (isStopped || isOffline.get() || owner === undefined) return;
    if (!isClaimed) {
      await saved.claim(owner);
      isClaimed = true;
    }
    await saved.saveLanguage(texts.get().language);
    const { phase, list, savedAt } = conversations.get();
    if (phase === 'ready' && savedAt === undefined && list !== keptList) {
      keptList = list;
      await saved.saveList(list);
    }
    for (const [id, thread] of Object.entries(chat.threads.get())) {
      if (isStopped) return;
      if (thread.phase === 'missing') await saved.remove(id);
      if (gone.has(id) || !isSettled(id, thread) || kept.get(id) === thread.messages) continue;
      kept.set(id, thread.messages);
      await saved.saveThread(thread.conversation, thread.messages);
    }
    if (phase === 'ready' && savedAt === undefined) await removeGone(list);
  }
  /** What was deleted while no page was open is in no list any more, neither further down nor in the archive. */
  async function removeGone(list: readonly Conversation[]): Promise<void> {
    const missing = new Set((await saved.ids()).filter((id) => !there.has(id)));
    const found = (conversation: Conversation): void => {
      missing.delete(conversation.id);
      there.add(conversation.id);
    };
    list.forEach(found);
    for (const archived of [false, true]) {
      let hasMore = archived || conversations.get().hasMore;
      for (let offset = 0; hasMore && missing.size > 0; offset += PAGE) {
        const page = await calls.list({ limit: PAGE, offset, archived });
        page.conversations.forEach(found);
        ({ hasMore } = page);
      }
    }
    for (const id of missing) {
      if (isStopped) return;
      kept.delete(id);
      await saved.remove(id);
    }
  }
  function saveSoon(): void {
    page.clearTimeout(timer);
    // Storage may be full or forbidden: then there is nothing to read offline.
    if (!isStopped) timer = page.setTimeout(() => void save().catch(() => {}), SAVE_MS);
  }

  async function restore(): Promise<void> {
    if (isStopped || !isOffline.get()) return;
    if (isMissing(conversations.get())) {
      const list = await saved.list();
      if (list && !isStopped && isMissing(conversations.get())) conversations.restore(list.conversations, list.savedAt);
    }
    const open = route.get();
    const id = open.name === 'conversation' ? open.conversationId : undefined;
    if (id === undefined || !isMissing(chat.threads.get()[id])) return;
    const thread = await saved.thread(id);
    if (!isStopped && isMissing(chat.threads.get()[id])) chat.restore(id, thread);
  }
  const restoreNow = (): void => void restore().catch(() => {});

  const ends = [
    isOffline.subscribe(restoreNow),
    route.subscribe(restoreNow),
    conversations.subscribe(restoreNow),
    chat.threads.subscribe(restoreNow),
    conversations.subscribe(saveSoon),
    chat.threads.subscribe(saveSoon),
    texts.subscribe(saveSoon),
    userId.subscribe(saveSoon),
  ];
  restoreNow();
  saveSoon();
  return {
    hear(event) {
      // It may be brought back.
      if (event.type === 'conversation') gone.delete(event.payload.conversation.id);
      // Something was missed.
      if (event.type === 'refetch') there.clear();
      if (event.type !== 'conversation_deleted') return;
      const { conversationId } = event.payload;
      gone.add(conversationId);
      kept.delete(conversationId);
      void saved.remove(conversationId).catch(() => {});
    },
    stop() {
      isStopped = true;
      page.clearTimeout(timer);
      for (const end of ends) end();
    },
  };
}

/** There is nothing to look at, and the network is why. */
function isMissing(
  shown: { phase: string; failure?: { code: string }; list?: readonly unknown[] } | undefined,
): boolean {
  if (shown === undefined || shown.phase === 'loading') return true;
  return shown.phase === 'failed' && shown.failure?.code === 'network_error' && !shown.list?.length;
}

/** As the relay has it, and at rest. */
function isSettled(id: string, thread: Thread): thread is Thread & { conversation: Conversation } {
  const { phase, conversation, savedAt, runs, messages } = thread;
  const isOwn = id !== NEW_THREAD && conversation !== undefined && savedAt === undefined;
  return isOwn && phase === 'ready' && runs.length === 0 && !messages.some(isRunning);
}
