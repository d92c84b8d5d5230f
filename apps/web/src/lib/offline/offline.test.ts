import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type Conversation, type ListConversationsOptions } from '@cloudtolocalllm/sdk';
import { ANSWER, setUp as chatSetUp, CONVERSATION, QUESTION, settled } from '../chat-fixture.ts';
import { createConversations } from '../conversations.ts';
import { createStore } from '../store.ts';
import { en } from '../../texts/en.ts';
import type { Texts } from '../../texts/texts.ts';
import { startOffline } from './offline.ts';
import type { Saved, SavedList, SavedThread } from './saved.ts';

const DONE = { ...ANSWER, content: 'Yes.', status: 'complete' as const };

/** What a browser keeps, in memory. */
function memory() {
  const threads = new Map<string, SavedThread>();
  const kept: { owner?: string; list?: SavedList; language?: string } = {};
  const saved: Saved = {
    claim: async (userId) => void (kept.owner = userId),
    list: async () => kept.list,
    saveList: async (conversations) => void (kept.list = { conversations: [...conversations], savedAt: 1 }),
    thread: async (id) => threads.get(id),
    saveThread: async (conversation, messages) =>
      void threads.set(conversation.id, { conversation, messages: [...messages], savedAt: 2 }),
    remove: async (id) => void threads.delete(id),
    ids: async () => Array.from(threads.keys()),
    saveLanguage: async (language) => void (kept.language = language),
    clear: async () => threads.clear(),
  };
  return { saved, threads, kept };
}

function setUp({ isAway = false } = {}) {
  const store = memory();
  const relay = {
    isAway,
    list: [CONVERSATION] as Conversation[],
    older: [] as Conversation[],
    archive: [] as Conversation[],
    asked: 0,
  };
  const { chat, calls } = chatSetUp();
  const away = new ApiError('away', { status: 0, code: 'network_error' });
  calls.conversations.get = async () => {
    if (relay.isAway) throw away;
    return { ...CONVERSATION, currentMessageId: DONE.id };
  };
  calls.messages.list = async () => [QUESTION, DONE];
  const conversations = createConversations({
    list: async (options) => {
      if (relay.isAway) throw away;
      const hasMore = relay.older.length > 0;
      return { conversations: options?.pinned === true ? [] : relay.list, total: relay.list.length, hasMore };
    },
  });
  const isOffline = createStore(isAway);
  const route = createStore({ path: '/c/conv-1', name: 'conversation' as const, conversationId: 'conv-1' });
  const timers: (() => void)[] = [];
  /** One to the first page. */
  const list = async ({ archived, offset }: ListConversationsOptions = {}) => {
    relay.asked += 1;
    const all = archived === true ? relay.archive : [...relay.list, ...relay.older];
    const conversations = offset === 0 ? all.slice(0, 1) : all.slice(1);
    return { conversations, total: all.length, hasMore: offset === 0 && all.length > 1 };
  };
  const start = () =>
    startOffline({
      userId: createStore<string | undefined>('user-1'),
      saved: store.saved,
      calls: { list },
      isOffline,
      conversations,
      chat,
      route,
      texts: { ...createStore<Texts>(en), choose: async () => {} },
      page: {
        setTimeout: (run: () => void) => timers.push(run),
        clearTimeout: () => void timers.splice(0),
      },
    });
  const pass = async (): Promise<void> => {
    timers.splice(0).forEach((run) => run());
    for (let turn = 0; turn < 10; turn += 1) await settled();
  };
  return { ...store, relay, chat, conversations, isOffline, start, pass };
}

test('keeps the list and what was opened, once the relay has said whose it is', async () => {
  const { start, pass, kept, threads, conversations, chat } = setUp();
  start();
  await conversations.load();
  await chat.open('conv-1');
  await pass();
  assert.deepEqual([kept.owner, kept.language, kept.list?.conversations.length], ['user-1', 'en', 1]);
  assert.deepEqual(
    threads.get('conv-1')?.messages.map(({ id }) => id),
    ['msg-1', 'msg-2'],
  );
});

test('shows what was kept when the relay is away, and what the relay has as soon as it is back', async () => {
  const { start, pass, saved, relay, conversations, chat, isOffline } = setUp({ isAway: true });
  await saved.saveList([CONVERSATION]);
  await saved.saveThread({ ...CONVERSATION, currentMessageId: QUESTION.id }, [QUESTION]);
  start();
  const loading = [conversations.load(), chat.open('conv-1')];
  await pass();
  await Promise.all(loading);
  assert.deepEqual([conversations.get().phase, conversations.get().savedAt], ['ready', 1]);
  assert.deepEqual([chat.threads.get()['conv-1']?.phase, chat.threads.get()['conv-1']?.savedAt], ['ready', 2]);
  relay.isAway = false;
  isOffline.set(false);
  await Promise.all([conversations.load(), chat.open('conv-1')]);
  assert.equal(conversations.get().savedAt, undefined);
  const thread = chat.threads.get()['conv-1'];
  assert.deepEqual([thread?.savedAt, thread?.messages.length, thread?.currentId], [undefined, 2, 'msg-2']);
});

test('says of a conversation that was never opened here that it is not on this device', async () => {
  const { start, pass, chat } = setUp({ isAway: true });
  start();
  await chat.open('conv-1');
  await pass();
  const thread = chat.threads.get()['conv-1'];
  assert.deepEqual([thread?.phase, thread?.failure?.code], ['failed', 'not_saved']);
});

test('a copy is not kept again as if it were new, and nothing is after it was stopped', async () => {
  const { start, pass, saved, threads, chat, relay, isOffline } = setUp({ isAway: true });
  await saved.saveThread(CONVERSATION, [QUESTION]);
  const offline = start();
  await chat.open('conv-1');
  await pass();
  isOffline.set(false);
  await pass();
  assert.equal(threads.get('conv-1')?.messages.length, 1);
  relay.isAway = false;
  offline.stop();
  await chat.open('conv-1');
  await pass();
  assert.equal(threads.get('conv-1')?.messages.length, 1);
});

test('forgets what was deleted, also when an older answer of the relay comes after that', async () => {
  const { start, pass, threads, conversations, chat } = setUp();
  const offline = start();
  await Promise.all([conversations.load(), chat.open('conv-1')]);
  await pass();
  assert.equal(threads.size, 1);
  offline.hear({ type: 'conversation_deleted', payload: { conversationId: 'conv-1' } });
  await chat.open('conv-1');
  await pass();
  assert.equal(threads.size, 0);
});

test('forgets what was deleted while no page was open', async () => {
  const { start, pass, saved, threads, conversations } = setUp();
  await saved.saveThread({ ...CONVERSATION, id: 'conv-gone' }, [QUESTION]);
  start();
  await conversations.load();
  await pass();
  assert.equal(threads.size, 0);
});

test('forgets what was deleted also among many and archived ones, and asks for those no second time', async () => {
  const { start, pass, saved, threads, relay, conversations } = setUp();
  const named = (id: string): Conversation => ({ ...CONVERSATION, id });
  relay.older = [named('conv-old')];
  relay.archive = [named('conv-first'), named('conv-archived')];
  for (const id of ['conv-old', 'conv-archived', 'conv-gone']) await saved.saveThread(named(id), [QUESTION]);
  start();
  await conversations.load();
  await pass();
  assert.deepEqual(Array.from(threads.keys()), ['conv-old', 'conv-archived']);
  const { asked } = relay;
  await conversations.load();
  await pass();
  assert.equal(relay.asked, asked);
});
