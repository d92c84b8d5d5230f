import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError, type ChatEvent, type Conversation, type Message } from '@cloudtolocalllm/sdk';
import { createChat, type ChatCalls } from './chat.ts';
import { NEW_THREAD, withoutRetried, type ThreadMessage } from './thread.ts';

const CONVERSATION: Conversation = {
  id: 'conv-1',
  title: 'Hello',
  created: '2026-01-01T10:00:00.000Z',
  updated: '2026-01-01T10:00:00.000Z',
  messageCount: 0,
  model: 'llama3.2',
};
const QUESTION: Message = {
  id: 'msg-1',
  role: 'user',
  content: 'Hello',
  status: 'complete',
  created: CONVERSATION.created,
};
const ANSWER: Message = { ...QUESTION, id: 'msg-2', role: 'assistant', content: '', status: 'streaming' };
const START: ChatEvent = { type: 'start', messageId: 'msg-2', userMessageId: 'msg-1', seq: 1 };
const chunk = (content: string, seq: number): ChatEvent => ({ type: 'chunk', content, seq });
const COMPLETE: ChatEvent = { type: 'complete', messageId: 'msg-2', totalTokens: 2, seq: 9 };
const away = new ApiError('away', { status: 0, code: 'network_error' });

/** A generation whose events the test hands out; an error cuts it. */
function script() {
  const entries: (ChatEvent | Error)[] = [];
  let wake: (() => void) | undefined;
  return {
    push(...more: (ChatEvent | Error)[]): Promise<void> {
      entries.push(...more);
      wake?.();
      return settled();
    },
    async *events(): AsyncGenerator<ChatEvent> {
      for (;;) {
        const entry = entries.shift();
        if (entry === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else if (entry instanceof Error) throw entry;
        else {
          yield entry;
          if (entry.type === 'complete' || entry.type === 'error') return;
        }
      }
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(stored: Message[] = []) {
  const answer = script();
  const relay = { stored, stopped: [] as string[], after: [] as (number | undefined)[] };
  const calls: ChatCalls = {
    conversations: {
      create: async ({ title = '', model }) => ({ ...CONVERSATION, title, model }),
      get: async () => CONVERSATION,
      update: async (_, part) => ({ ...CONVERSATION, ...part }),
    },
    messages: {
      list: async () => relay.stored,
      send: () => answer.events(),
      events: (_, __, options) => {
        relay.after.push(options?.after);
        return answer.events();
      },
      stop: async (_, messageId) => {
        relay.stopped.push(messageId);
        return { ...ANSWER, status: 'stopped' };
      },
    },
  };
  const chat = createChat({ calls, schedule: (change) => change(), pause: settled, onConversation: () => {} });
  const thread = (id = 'conv-1') => chat.threads.get()[id];
  const said = () => thread()?.messages.map(({ id, content, status }) => [id, content, status]);
  return { chat, answer, relay, calls, thread, said };
}

describe('createChat', () => {
  it('makes a conversation from the first question and writes the answer as it comes', async () => {
    const { chat, answer, thread, said } = setUp();
    assert.equal(await chat.send(NEW_THREAD, 'Hello', 'llama3.2'), 'conv-1');
    assert.equal(chat.threads.get()[NEW_THREAD], undefined);
    assert.equal(thread()?.run?.phase, 'sending');
    const keys = thread()?.messages.map(({ key }) => key);

    await answer.push(START, { type: 'status', status: 'loading', seq: 2 });
    assert.equal(thread()?.run?.phase, 'loading');
    const before = thread()?.messages;
    await answer.push(chunk('Good ', 3), chunk('day', 4));
    assert.equal(thread()?.run?.text.get(), 'Good day');
    assert.equal(thread()?.messages, before, 'tokens do not touch the list');

    await answer.push(COMPLETE);
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', 'Good day', 'complete'],
    ]);
    assert.deepEqual(
      thread()?.messages.map(({ key }) => key),
      keys,
    );
    assert.equal(thread()?.run, undefined);
    assert.equal(thread()?.announcement, 'The answer is complete');
  });

  it('goes on with an answer that was running when the page was loaded, without showing less than before', async () => {
    const { chat, answer, relay, thread, said } = setUp([QUESTION, { ...ANSWER, content: 'Good d' }]);
    await chat.open('conv-1');
    assert.equal(thread()?.run?.text.get(), 'Good d');
    await answer.push(START, chunk('Good', 2));
    assert.equal(thread()?.run?.text.get(), 'Good d');
    await answer.push(chunk(' day', 3), COMPLETE);
    assert.deepEqual(said()?.[1], ['msg-2', 'Good day', 'complete']);
    assert.deepEqual(relay.after, [undefined]);
  });

  it('follows on after the event it saw last when the relay was away for long', async () => {
    const { chat, answer, relay, said } = setUp();
    await chat.send('conv-1', 'Hello', 'llama3.2');
    await answer.push(START, chunk('Good ', 2), away);
    await answer.push(chunk('day', 3), COMPLETE);
    assert.deepEqual(relay.after, [2]);
    assert.deepEqual(said()?.[1], ['msg-2', 'Good day', 'complete']);
  });

  it('keeps the question, with the reason, when the relay did not take it; retry asks it again', async () => {
    const { chat, answer, thread, said } = setUp();
    await chat.send('conv-1', 'Hello', 'llama3.2');
    await answer.push(away);
    assert.deepEqual(
      said()?.map(([, content]) => content),
      ['Hello'],
    );
    assert.equal(thread()?.failure?.code, 'network_error');

    void chat.retry('conv-1', 'llama3.2');
    await answer.push(START, chunk('Good day', 2), COMPLETE);
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', 'Good day', 'complete'],
    ]);
    assert.equal(thread()?.failure, undefined);
  });

  it('finds a question that the relay took although its answer was lost', async () => {
    const { chat, answer, relay, thread, said } = setUp();
    await chat.send('conv-1', 'Hello', 'llama3.2');
    relay.stored = [QUESTION, ANSWER];
    await answer.push(away);
    await answer.push(START, chunk('Good day', 2), COMPLETE);
    assert.deepEqual(said(), [
      ['msg-1', 'Hello', 'complete'],
      ['msg-2', 'Good day', 'complete'],
    ]);
    assert.equal(thread()?.failure, undefined);
  });

  it('keeps what was said when an answer fails', async () => {
    const { chat, answer, thread } = setUp();
    await chat.send('conv-1', 'Hello', 'llama3.2');
    await answer.push(START, chunk('Good', 2), {
      type: 'error',
      messageId: 'msg-2',
      error: 'engine_error',
      message: 'out of memory',
      code: 502,
    });
    const { content, status, error } = thread()?.messages[1] ?? {};
    assert.deepEqual(
      { content, status, error },
      { content: 'Good', status: 'failed', error: { code: 'engine_error', message: 'out of memory' } },
    );
  });

  it('stops an answer, also when it had no name yet', async () => {
    const { chat, answer, relay, said } = setUp();
    await chat.send('conv-1', 'Hello', 'llama3.2');
    await chat.stop('conv-1');
    assert.deepEqual(relay.stopped, []);
    await answer.push(START);
    assert.deepEqual(relay.stopped, ['msg-2']);
    await answer.push({ type: 'complete', messageId: 'msg-2', totalTokens: 0, status: 'stopped' });
    assert.deepEqual(said()?.[1], ['msg-2', '', 'stopped']);
  });

  it('says when a conversation is not there', async () => {
    const { chat, calls, thread } = setUp();
    calls.conversations.get = async () => Promise.reject(new ApiError('gone', { status: 404, code: 'not_found' }));
    await chat.open('conv-1');
    assert.equal(thread()?.phase, 'missing');
  });
});

describe('thread', () => {
  const message = (
    role: 'user' | 'assistant',
    content: string,
    status: Message['status'] = 'complete',
  ): ThreadMessage => ({
    ...QUESTION,
    role,
    content,
    status,
    key: `${role}-${content}`,
  });

  it('folds a question that failed and was asked again', () => {
    const failed = [message('user', 'a'), message('assistant', '', 'failed')];
    assert.deepEqual(withoutRetried([...failed, ...failed, message('user', 'a'), message('assistant', 'b')]).length, 2);
    assert.deepEqual(withoutRetried([...failed, message('user', 'c')]).length, 3);
    assert.deepEqual(withoutRetried([message('user', 'a'), message('assistant', 'b'), message('user', 'a')]).length, 3);
  });
});
