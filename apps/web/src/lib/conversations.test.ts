import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation, ListConversationsOptions } from '@cloudtolocalllm/sdk';
import { CONVERSATION } from './chat-fixture.ts';
import { createConversations } from './conversations.ts';

const conversation = (id: string, part: Partial<Conversation> = {}): Conversation => ({
  ...CONVERSATION,
  id,
  updated: `2026-01-${id}T00:00:00.000Z`,
  ...part,
});

/** A relay with these conversations, the latest first, two to a page. */
function setUp(all: Conversation[]) {
  const list = async ({ offset = 0, pinned, archived = false }: ListConversationsOptions = {}) => {
    const fitting = all.filter((one) => one.archived === archived && (pinned === undefined || one.pinned === pinned));
    const conversations = fitting.slice(offset, offset + 2);
    return { conversations, total: fitting.length, hasMore: fitting.length > offset + 2 };
  };
  const store = createConversations({ list });
  return { store, ids: () => store.get().list.map(({ id }) => id) };
}

test('lists the pinned ones first, then the latest, page by page', async () => {
  const { store, ids } = setUp([
    conversation('09'),
    conversation('08'),
    conversation('07'),
    conversation('01', { pinned: true }),
    conversation('05', { archived: true }),
  ]);
  await store.load();
  assert.deepEqual(ids(), ['01', '09', '08']);
  await store.loadMore();
  assert.deepEqual(ids(), ['01', '09', '08', '07']);
  assert.equal(store.get().hasMore, false);
});

test('shows what happens on other devices', async () => {
  const { store, ids } = setUp([conversation('09'), conversation('08')]);
  await store.load();
  store.hear({ type: 'conversation', payload: { conversation: conversation('10') } });
  store.hear({ type: 'conversation', payload: { conversation: conversation('08', { pinned: true }) } });
  assert.deepEqual(ids(), ['08', '10', '09']);
  store.hear({ type: 'conversation', payload: { conversation: conversation('10', { archived: true }) } });
  store.hear({ type: 'conversation_deleted', payload: { conversationId: '09' } });
  assert.deepEqual(ids(), ['08']);
});

test('leaves what belongs to a later page to that page', async () => {
  const { store, ids } = setUp([conversation('09'), conversation('08'), conversation('07'), conversation('06')]);
  await store.load();
  store.put(conversation('06', { title: 'Renamed' }));
  assert.deepEqual(ids(), ['09', '08']);
  await store.loadMore();
  assert.deepEqual(ids(), ['09', '08', '07', '06']);
});

test('shows the next person nothing of the one before, also when an answer comes late', async () => {
  const late = Promise.withResolvers<void>();
  const list = createConversations({
    list: async () => {
      await late.promise;
      return { conversations: [CONVERSATION], total: 1, hasMore: false };
    },
  });
  const loading = list.load();
  list.reset();
  late.resolve();
  await loading;
  assert.deepEqual([list.get().phase, list.get().list], ['loading', []]);
});
