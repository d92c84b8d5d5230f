import type { Client, Conversation } from '@cloudtolocalllm/sdk';
import { describeFailure, type Failure } from './failure.ts';
import { createStore, type ReadableStore } from './store.ts';

type Conversations = {
  phase: 'loading' | 'ready' | 'failed';
  /** The latest first. */
  list: readonly Conversation[];
  hasMore: boolean;
  failure?: Failure;
};

export type ConversationsStore = ReadableStore<Conversations> & {
  load(): Promise<void>;
  loadMore(): Promise<void>;
  /** Puts a new or changed conversation where it belongs. */
  put: (conversation: Conversation) => void;
  remove(conversationId: string): Promise<void>;
  reset(): void;
};

const PAGE = 50;
const EMPTY: Conversations = { phase: 'loading', list: [], hasMore: false };

export function createConversations(calls: Pick<Client['conversations'], 'list' | 'delete'>): ConversationsStore {
  const store = createStore<Conversations>(EMPTY);

  async function loadFrom(offset: number): Promise<void> {
    try {
      const page = await calls.list({ limit: PAGE, offset, sort: 'updated_desc' });
      store.update(({ list }) => ({
        phase: 'ready',
        list: offset === 0 ? page.conversations : withoutRepeats([...list, ...page.conversations]),
        hasMore: page.hasMore,
      }));
    } catch (error) {
      store.update((current) => ({ ...current, phase: 'failed', failure: describeFailure(error) }));
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    load: () => loadFrom(0),
    loadMore: () => loadFrom(store.get().list.length),
    put(conversation) {
      store.update((current) => ({
        ...current,
        list: withoutRepeats([conversation, ...current.list]).toSorted((one, other) =>
          other.updated.localeCompare(one.updated),
        ),
      }));
    },
    async remove(conversationId) {
      await calls.delete(conversationId);
      store.update((current) => ({ ...current, list: current.list.filter(({ id }) => id !== conversationId) }));
    },
    reset: () => store.set(EMPTY),
  };
}

/** Pages shift when something is new on top; the first of each stays. */
function withoutRepeats(list: readonly Conversation[]): Conversation[] {
  return Array.from(new Map(list.toReversed().map((entry) => [entry.id, entry])).values()).toReversed();
}
