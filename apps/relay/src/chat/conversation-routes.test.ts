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
    pinned: false,
    archived: false,
    autoTitle: true,
  });
  const path = `/conversations/${created.id}`;
  assert.deepEqual(await chat.json('GET', path), { success: true, conversation: created });
  const changed = await chat.json<{ conversation: Conversation }>('PATCH', path, { title: 'Mine', systemPrompt: '' });
  assert.equal(changed.conversation.title, 'Mine');
  assert.equal(changed.conversation.model, 'm');
  assert(!('systemPrompt' in changed.conversation));
  assert.equal((await chat.call('DELETE', path)).status, 200);
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

test('keeps options, and forgets them with null', async (t) => {
  const chat = await chatFixture(t);
  const options = { temperature: 0.2, num_ctx: 4096, stop: ['END'] };
  const created = await chat.conversation({ options, autoTitle: false });
  assert.deepEqual([created.options, created.autoTitle], [options, false]);
  const change = async (body: object) =>
    (await chat.json<{ conversation: Conversation }>('PATCH', `/conversations/${created.id}`, body)).conversation;
  assert.deepEqual((await change({ options: { seed: 1 } })).options, { seed: 1 });
  assert.equal((await change({ options: null })).options, undefined);
  assert.equal((await change({ autoTitle: true })).autoTitle, true);
  const { asked } = await chat.send(created.id, 'Hi');
  asked.finish();
});

test('renaming, pinning and archiving do not count as something said', async (t) => {
  let now = Date.parse('2026-03-01T00:00:00.000Z');
  const chat = await chatFixture(t, { now: () => now });
  const created = await chat.conversation();
  now += 1000;
  const changes: object[] = [{ title: 'Mine' }, { pinned: true }, { archived: true }, { model: 'other' }, {}];
  for (const body of changes) {
    const { conversation } = await chat.json<{ conversation: Conversation }>(
      'PATCH',
      `/conversations/${created.id}`,
      body,
    );
    assert.equal(conversation.updated, created.updated);
  }
});

test('lists archived ones apart, and pinned ones where they belong', async (t) => {
  let now = Date.parse('2026-03-01T00:00:00.000Z');
  const chat = await chatFixture(t, { now: () => now++ });
  const make = async (title: string, changes: object) => {
    const { id } = await chat.conversation({ title });
    await chat.json('PATCH', `/conversations/${id}`, changes);
  };
  await make('pinned', { pinned: true });
  await make('plain', {});
  await make('archived', { archived: true });
  await make('both', { archived: true, pinned: true });
  const titles = async (query: string) => {
    const { conversations, total } = await chat.json<ConversationList>('GET', `/conversations${query}`);
    assert.equal(total, conversations.length);
    return conversations.map(({ title }) => title);
  };
  assert.deepEqual(await titles(''), ['plain', 'pinned']);
  assert.deepEqual(await titles('?archived=true'), ['both', 'archived']);
  assert.deepEqual(await titles('?pinned=true'), ['pinned']);
  assert.deepEqual(await titles('?pinned=false&sort=created_desc'), ['plain']);
  assert.deepEqual(await titles('?archived=true&pinned=true'), ['both']);
});

test('shows the branch that a message is in, to its newest end', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const say = async (content: string, fields: object = {}) => {
    const { asked, events } = await chat.send(id, content, fields);
    const { messageId, userMessageId } = startOf(await until(events, 'start'));
    asked.sink.text(`To ${content}`);
    asked.finish();
    await until(events, 'complete');
    return { messageId, userMessageId };
  };
  const first = await say('first');
  const second = await say('second');
  const edited = await say('edited', { parentId: first.messageId });
  const current = async (currentMessageId: string | undefined) =>
    (await chat.json<{ conversation: Conversation }>('PATCH', `/conversations/${id}`, { currentMessageId }))
      .conversation.currentMessageId;
  assert.equal(await current(second.userMessageId), second.messageId);
  assert.equal(await current(first.userMessageId), edited.messageId);
  assert.equal(await current(second.messageId), second.messageId);

  const other = await chat.conversation();
  for (const [path, message] of [
    [other.id, first.messageId],
    [id, newId('msg')],
  ] as const) {
    const response = await chat.call('PATCH', `/conversations/${path}`, { currentMessageId: message, title: 'No' });
    assert.equal(response.status, 400);
    assert.deepEqual(Object.keys(((await response.json()) as ApiErrorBody).details ?? {}), ['currentMessageId']);
  }
  assert.equal(await current(undefined), second.messageId);
});

test('tells of each change', async (t) => {
  const chat = await chatFixture(t);
  const heard: string[] = [];
  using _ = chat.events.subscribe('ada', ({ type }) => heard.push(type));
  const { id } = await chat.conversation();
  await chat.call('PATCH', `/conversations/${id}`, { title: 'Mine' });
  await chat.call('DELETE', `/conversations/${id}`);
  await chat.call('POST', `/conversations/${id}/restore`);
  await chat.call('POST', `/conversations/${id}/restore`);
  assert.deepEqual(heard, ['conversation', 'conversation', 'conversation_deleted', 'conversation']);
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
  assert.equal((await chat.call('DELETE', `/conversations/${id}`)).status, 200);
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
    ['POST', '/restore'],
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
    ['POST', '/conversations', { model: 'm', options: { temperature: 11 } }, 'options.temperature'],
    ['PATCH', `/conversations/${id}`, { options: { mirostat: 1 } }, 'options'],
    ['PATCH', `/conversations/${id}`, { pinned: 'yes' }, 'pinned'],
    ['PATCH', `/conversations/${id}`, { currentMessageId: 'msg-1' }, 'currentMessageId'],
    ['GET', '/conversations?archived=1', undefined, 'archived'],
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
