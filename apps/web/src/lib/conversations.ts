import type { Client, Conversation, RealtimeEvent } from '@cloudtolocalllm/sdk';
import { describeFailure, type Failure } from './failure.ts';
import { createStore, type ReadableStore } from './store.ts';

type Conversations = {
  phase: 'loading' | 'ready' | 'failed';
  /** Pinned ones first, then the latest. */
  list: readonly Conversation[];
  hasMore: boolean;
  failure?: Failure;
  /** They are a copy that this browser kept then: the relay can't be reached. */
  savedAt?: number;
};

export type ConversationsStore = ReadableStore<Conversations> & {
  load(): Promise<void>;
  loadMore(): Promise<void>;
  /** Puts a new or changed conversation where it belongs. */
  put: (conversation: Conversation) => void;
  /** Takes one off the list. */
  drop: (conversationId: string) => void;
  /** Shows a copy until the relay answers. */
  restore: (list: readonly Conversation[], savedAt: number) => void;
  hear: (event: RealtimeEvent) => void;
  reset(): void;
};

const PAGE = 50;
/** As many as the relay gives at once; who pins more sees those after the others. */
const MAX_PINNED = 200;
const EMPTY: Conversations = { phase: 'loading', list: [], hasMore: false };

/** The archived conversations, or all others. */
export function createConversations(
  calls: Pick<Client['conversations'], 'list'>,
  { archived = false }: { archived?: boolean } = {},
): ConversationsStore {
  const store = createStore<Conversations>(EMPTY);
  /** Counts the persons: an answer for the one before is not shown to the next. */
  let generation = 0;

  const guarded = async (load: () => Promise<Conversations>): Promise<void> => {
    const asked = generation;
    try {
      const loaded = await load();
      if (asked === generation) store.set(loaded);
    } catch (error) {
      if (asked !== generation) return;
      // A copy is worth more than an error in its place.
      if (store.get().savedAt !== undefined) return;
      store.update((current) => ({ ...current, phase: 'failed', failure: describeFailure(error) }));
    }
  };
  const page = (offset: number) =>
    calls.list({ limit: PAGE, offset, sort: 'updated_desc', archived, pinned: archived ? undefined : false });

  const drop = (conversationId: string): void =>
    store.update((current) => ({ ...current, list: current.list.filter(({ id }) => id !== conversationId) }));

  function put(conversation: Conversation): void {
    if (conversation.archived !== archived) return drop(conversation.id);
    store.update((current) => {
      const { list, hasMore } = current;
      const oldest = list.at(-1);
      const isBelow = hasMore && oldest !== undefined && !conversation.pinned && conversation.updated < oldest.updated;
      const rest = list.filter(({ id }) => id !== conversation.id);
      // What belongs to a page that has not been loaded comes with it.
      return { ...current, list: isBelow ? rest : [...rest, conversation].toSorted(byPlace) };
    });
  }

  const load = (): Promise<void> =>
    guarded(async () => {
      const [{ conversations, hasMore }, pinned] = await Promise.all([
        page(0),
        archived ? undefined : calls.list({ limit: MAX_PINNED, pinned: true }),
      ]);
      return { phase: 'ready', list: [...(pinned?.conversations ?? []), ...conversations].toSorted(byPlace), hasMore };
    });

  return {
    get: store.get,
    subscribe: store.subscribe,
    load,
    loadMore: () =>
      guarded(async () => {
        const offset = store.get().list.filter(({ pinned }) => archived || !pinned).length;
        const { conversations, hasMore } = await page(offset);
        const fresh = new Set(conversations.map(({ id }) => id));
        // Pages shift when something is new on top.
        const list = [...store.get().list.filter(({ id }) => !fresh.has(id)), ...conversations];
        return { phase: 'ready', list: list.toSorted(byPlace), hasMore };
      }),
    put,
    drop,
    restore: (list, savedAt) => store.set({ phase: 'ready', list, hasMore: false, savedAt }),
    hear(event) {
      if (event.type === 'refetch' && store.get().phase !== 'loading') void load();
      if (event.type === 'conversation') put(event.payload.conversation);
      if (event.type === 'conversation_deleted') drop(event.payload.conversationId);
    },
    reset() {
      generation += 1;
      store.set(EMPTY);
    },
  };
}

function byPlace(one: Conversation, other: Conversation): number {
  return Number(other.pinned) - Number(one.pinned) || other.updated.localeCompare(one.updated);
}
