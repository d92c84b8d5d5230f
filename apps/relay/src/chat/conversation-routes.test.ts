import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId, type ApiErrorBody, type Conversation, type ConversationList } from '@cloudtolocalllm/protocol';
import { chatFixture, startOf, until } from './chat-fixture.ts';

test('creates, shows, changes and removes a conversation', async (t) => {
  const chat = await chatFixture(t);
  const created = await chat.conversation({ systemPrompt: 'Be brief.' });
  assert.deepEqual(created, {
    id: created.id,
    title: 'New Chat',
    created: created.created,
    updated: created.created,
    messageCount: 0,
    model: 'm',
    systemPrompt: 'Be brief.',
  });
  const path = `/conversations/${created.id}`;
  assert.deepEqual(await chat.json('GET', path), { success: true, conversation: created });
  const changed = await chat.json<{ conversation: Conversation }>('PATCH', path, { title: 'Mine', systemPrompt: '' });
  assert.equal(changed.conversation.title, 'Mine');
  assert.equal(changed.conversation.model, 'm');
  assert(!('systemPrompt' in changed.conversation));
  assert.deepEqual(await chat.json('DELETE', path), { success: true });
  for (const [method, suffix] of [
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/messages'],
  ] as const) {
    assert.equal((await chat.call(method, path + suffix)).status, 404);
  }
});

test('lists by page and order', async (t) => {
  const chat = await chatFixture(t);
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) {
    const id = newId('conv');
    ids.push(id);
    await chat.database.kysely
      .insertInto('conversations')
      .values({
        id,
        user_id: index === 4 ? 'bob' : 'ada',
        title: `Number ${index}`,
        model: 'm',
        system_prompt: null,
        created: `2026-01-0${index + 1}T00:00:00.000Z`,
        updated: `2026-02-0${9 - index}T00:00:00.000Z`,
        bridge_id: null,
      })
      .execute();
  }
  const list = (query: string) => chat.json<ConversationList>('GET', `/conversations${query}`);
  const [oldest, second, third, newest] = ids;
  const byDefault = await list('');
  assert.deepEqual(
    byDefault.conversations.map(({ id }) => id),
    [oldest, second, third, newest],
  );
  assert.equal(byDefault.total, 4);
  assert.equal(byDefault.hasMore, false);
  const page = await list('?sort=created_desc&limit=2&offset=1');
  assert.deepEqual(
    page.conversations.map(({ id }) => id),
    [third, second],
  );
  assert.equal(page.total, 4);
  assert.equal(page.hasMore, true);
  assert.equal((await list('?offset=100')).conversations.length, 0);
});

test('counts messages, and takes its title from the first one unless it has one', async (t) => {
  const chat = await chatFixture(t);
  const [untitled, titled] = [await chat.conversation(), await chat.conversation({ title: 'Mine' })];
  for (const { id } of [untitled, titled]) {
    const { asked, events } = await chat.send(
      id,
      'What is  machine learning, and why does it need so many graphics cards?',
    );
    asked.finish();
    await until(events, 'complete');
  }
  const { conversations } = await chat.json<ConversationList>('GET', '/conversations');
  assert.deepEqual(
    conversations.map(({ title, messageCount }) => [title, messageCount]),
    [
      ['Mine', 2],
      ['What is machine learning, and why does it need so many', 2],
    ],
  );
  assert(conversations[0]!.updated > titled.updated);
});

test('removing a conversation stops its answer', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  const start = startOf(await until(events, 'start'));
  assert.deepEqual(await chat.json('DELETE', `/conversations/${id}`), { success: true });
  assert(asked.request.signal.aborted);
  await until(events, 'complete');
  const gone = await chat.call('GET', `/conversations/${id}/messages/${start.messageId}/events`);
  assert.equal(gone.status, 404);
});

test('another user’s conversation, messages and events do not exist', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  const start = startOf(await until(events, 'start'));
  const path = `/conversations/${id}`;
  for (const [method, suffix, body] of [
    ['GET', ''],
    ['PATCH', '', { title: 'Theirs' }],
    ['DELETE', ''],
    ['GET', '/messages'],
    ['POST', '/messages', { content: 'Hi' }],
    ['GET', `/messages/${start.messageId}/events`],
    ['DELETE', `/messages/${start.messageId}/events`],
  ] as const) {
    const response = await chat.call(method, path + suffix, body, 'bob');
    assert.equal(response.status, 404, `${method} ${suffix}`);
    assert.equal(((await response.json()) as ApiErrorBody).error, 'not_found');
  }
  assert.deepEqual(await (await chat.call('GET', '/conversations', undefined, 'bob')).json(), {
    conversations: [],
    total: 0,
    hasMore: false,
  });
  assert.equal(asked.request.signal.aborted, false);
  // The same message under another conversation of its owner's.
  const other = await chat.conversation();
  assert.equal((await chat.call('GET', `/conversations/${other.id}/messages/${start.messageId}/events`)).status, 404);
  assert.equal(
    (await chat.call('DELETE', `/conversations/${other.id}/messages/${start.messageId}/events`)).status,
    404,
  );
  assert.equal(asked.request.signal.aborted, false);
  asked.finish();
});

test('a question has no events', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  const start = startOf(await until(events, 'start'));
  assert.equal((await chat.call('GET', `/conversations/${id}/messages/${start.userMessageId}/events`)).status, 404);
  asked.finish();
});

test('refuses what is not valid, naming the field', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  for (const [method, path, body, field] of [
    ['POST', '/conversations', {}, 'model'],
    ['POST', '/conversations', { model: ' ' }, 'model'],
    ['POST', '/conversations', { model: 'm', title: 'x'.repeat(201) }, 'title'],
    ['PATCH', `/conversations/${id}`, { title: '' }, 'title'],
    ['GET', '/conversations?limit=0', undefined, 'limit'],
    ['GET', '/conversations?offset=-1', undefined, 'offset'],
    ['GET', '/conversations?sort=title', undefined, 'sort'],
    ['GET', '/conversations/conv-1', undefined, 'conversationId'],
    ['POST', `/conversations/${id}/messages`, { content: '' }, 'content'],
    ['POST', `/conversations/${id}/messages`, { content: 'x'.repeat(200_001) }, 'content'],
    ['POST', `/conversations/${id}/messages`, { content: 'Hi', stream: 'yes' }, 'stream'],
    ['GET', `/conversations/${id}/messages/${newId('msg')}/events?after=x`, undefined, 'after'],
  ] as const) {
    const response = await chat.call(method, path, body);
    assert.equal(response.status, 400, `${method} ${path}`);
    const { error, details } = (await response.json()) as ApiErrorBody;
    assert.equal(error, 'validation_failed');
    assert.deepEqual(Object.keys(details ?? {}), [field]);
  }
  assert.equal((await chat.call('POST', `/conversations/${newId('conv')}/messages`, { content: 'Hi' })).status, 404);
});
