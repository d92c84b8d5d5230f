import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiErrorBody, Message } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import { all, chatFixture, eventsOf, messagesOf, startOf, textOf, until } from './chat-fixture.ts';

test('streams an answer as it is made, numbered and in order, and stores it', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const response = await chat.call('POST', `/conversations/${id}/messages`, { content: 'Hi' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
  assert.equal(response.headers.get('x-accel-buffering'), 'no');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('x-kept'), 'yes', 'headers of hooks are kept');
  const events = eventsOf(response);
  const asked = await chat.model.next();
  const first = await until(events, 'start');
  const { messageId, userMessageId } = startOf(first);
  // What `start` promises is in the database before anything is said.
  assert.deepEqual(
    (await messagesOf(chat, id)).map((message) => [message.id, message.role, message.content, message.status]),
    [
      [userMessageId, 'user', 'Hi', 'complete'],
      [messageId, 'assistant', '', 'loading'],
    ],
  );
  asked.sink.loading?.();
  assert.deepEqual(await until(events, 'status'), [{ type: 'status', status: 'loading', seq: 2 }]);
  const words = ['Grüße', ' aus', ' 日本', ' 🦙', '\n'];
  for (const [index, content] of words.entries()) {
    asked.sink.text(content);
    assert.deepEqual(await until(events, 'chunk'), [{ type: 'chunk', content, seq: index + 3 }]);
  }
  asked.finish(42);
  const metadata = { firstTokenMs: 0 };
  assert.deepEqual(await all(events), [
    { type: 'complete', messageId, totalTokens: 42, status: 'complete', metadata, seq: 8 },
  ]);
  const [, answer] = await messagesOf(chat, id);
  assert.deepEqual(answer, {
    id: messageId,
    role: 'assistant',
    content: words.join(''),
    status: 'complete',
    created: answer!.created,
    parentId: userMessageId,
    metadata,
    model: 'm',
    totalTokens: 42,
  });
});

test('stores what is said while it is said', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked } = await chat.send(id, 'Hi');
  let said = '';
  for (const content of ['one', ' two\0', ' three']) {
    asked.sink.text(content);
    said += content;
    let stored = '';
    while (stored !== said) stored = (await messagesOf(chat, id))[1]!.content;
  }
  asked.finish();
});

test('without streaming, answers with the whole message or with the error', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const ask = () => chat.call('POST', `/conversations/${id}/messages`, { content: 'Hi', stream: false });
  const [response, asked] = await Promise.all([
    ask(),
    chat.model.next().then((question) => {
      question.sink.text('Hello');
      question.finish(3);
      return question;
    }),
  ]);
  assert.equal(response.status, 200);
  const { success, message } = (await response.json()) as { success: boolean; message: Message };
  assert(success);
  assert.equal(message.content, 'Hello');
  assert.equal(message.totalTokens, 3);
  assert.deepEqual(asked.request.messages, [{ role: 'user', content: 'Hi' }]);

  const [failed] = await Promise.all([
    ask(),
    chat.model.next().then((question) => question.fail(new RelayError('bridge_offline', 'Start the bridge.'))),
  ]);
  assert.equal(failed.status, 503);
  const error = (await failed.json()) as ApiErrorBody;
  assert.equal(error.error, 'bridge_offline');
  assert.equal(error.message, 'Start the bridge.');
});

test('stop reaches the model, keeps what was said, and may be said twice', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Count');
  const { messageId } = startOf(await until(events, 'start'));
  for (const content of ['1', ' 2']) asked.sink.text(content);
  const path = `/conversations/${id}/messages/${messageId}/events`;
  const stopped = await chat.json<{ success: boolean; message: Message }>('DELETE', path);
  assert(stopped.success);
  assert.equal(stopped.message.status, 'stopped');
  assert.equal(stopped.message.content, '1 2');
  assert(asked.request.signal.aborted);
  asked.sink.text(' 3');
  asked.finish(3);
  assert.deepEqual((await all(events)).at(-1), {
    type: 'complete',
    messageId,
    totalTokens: 2,
    status: 'stopped',
    metadata: { firstTokenMs: 0 },
    seq: 4,
  });
  assert.deepEqual(await chat.json('DELETE', path), stopped);
  assert.equal((await messagesOf(chat, id))[1]?.content, '1 2');
});

test('a failure before the first word ends the stream with an error, and the conversation goes on', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation({ systemPrompt: 'Be brief.' });
  const { asked, events } = await chat.send(id, 'One');
  asked.fail(new RelayError('model_not_found', 'Get it with: ollama pull m'));
  const failed = await all(events);
  const { messageId } = startOf(failed);
  assert.deepEqual(failed.slice(1), [
    { type: 'error', messageId, error: 'model_not_found', message: 'Get it with: ollama pull m', code: 404, seq: 2 },
  ]);
  const [, message] = await messagesOf(chat, id);
  assert.equal(message?.status, 'failed');
  assert.deepEqual(message.error, { code: 'model_not_found', message: 'Get it with: ollama pull m' });

  const next = await chat.send(id, 'Two');
  next.asked.sink.text('Yes');
  next.asked.finish();
  assert.equal(textOf(await all(next.events)), 'Yes');
  const last = await chat.send(id, 'Three');
  assert.deepEqual(last.asked.request.messages, [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'One' },
    { role: 'user', content: 'Two' },
    { role: 'assistant', content: 'Yes' },
    { role: 'user', content: 'Three' },
  ]);
  last.asked.finish();
});

test('a failure after some words keeps them; an unexpected one says nothing of itself', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  asked.sink.text('So far');
  asked.fail(new Error('the secret of the house'));
  const told = await all(events);
  const error = told.at(-1);
  assert(error?.type === 'error');
  assert.equal(error.error, 'internal_error');
  assert.doesNotMatch(error.message, /secret/);
  const [, message] = await messagesOf(chat, id);
  assert.deepEqual([message?.content, message?.status], ['So far', 'failed']);
});

test('one answer at a time in a conversation, any number in others', async (t) => {
  const chat = await chatFixture(t);
  const [one, two] = [await chat.conversation(), await chat.conversation()];
  const { asked, events } = await chat.send(one.id, 'Hi');
  const refused = await chat.call('POST', `/conversations/${one.id}/messages`, { content: 'And?' });
  assert.equal(refused.status, 409);
  const error = (await refused.json()) as ApiErrorBody;
  assert.equal(error.error, 'conflict');
  assert.match(error.message, /Wait for the answer or stop it/);
  assert.equal((await messagesOf(chat, one.id)).length, 2, 'nothing of it was stored');
  (await chat.send(two.id, 'Hi')).asked.finish();
  asked.finish();
  await all(events);
  (await chat.send(one.id, 'And now?')).asked.finish();
});

test('of many that ask at once, one is answered', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const responses = Array.from({ length: 10 }, () =>
    chat.call('POST', `/conversations/${id}/messages`, { content: 'Hi' }),
  );
  const statuses = (await Promise.all(responses)).map(({ status }) => status).toSorted((a, b) => a - b);
  assert.deepEqual(statuses, [200, ...Array(9).fill(409)]);
});

test('an answer longer than the limit is ended and kept', async (t) => {
  const chat = await chatFixture(t, { limits: { answerCharacters: 10 } });
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  asked.sink.text('123456');
  asked.sink.text('7890');
  asked.sink.text('!');
  assert(asked.request.signal.aborted);
  const told = await all(events);
  assert.equal(textOf(told), '1234567890');
  assert.equal(told.at(-1)?.type, 'error');
});

test('a model that falls silent is given up', async (t) => {
  const chat = await chatFixture(t, { limits: { idleMs: 20 } });
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  const error = (await all(events)).at(-1);
  assert(error?.type === 'error');
  assert.deepEqual([error.error, error.code], ['engine_timeout', 504]);
  assert(asked.request.signal.aborted);
});

test('a prompt leaves out the oldest messages when it would be too long', async (t) => {
  const chat = await chatFixture(t, { limits: { promptCharacters: 20 } });
  const { id } = await chat.conversation();
  for (const content of ['first', 'second', 'third']) {
    const { asked, events } = await chat.send(id, content);
    asked.sink.text('ok');
    asked.finish();
    await all(events);
  }
  const { asked } = await chat.send(id, 'fourth');
  assert.deepEqual(
    asked.request.messages.map(({ content }) => content),
    ['ok', 'third', 'ok', 'fourth'],
  );
});

test('the bridge that answered is asked again', async (t) => {
  const chat = await chatFixture(t);
  const times = { created: '2026-01-01T00:00:00.000Z', last_seen: null, token_version: 1 };
  const client = { client_id: 'c', name: 'pc', platform: 'linux', version: '1', capabilities: '[]', models: '[]' };
  await chat.database.kysely
    .insertInto('bridges')
    .values({ id: 'bridge-1', user_id: 'ada', ollama_status: 'connected', ...times, ...client })
    .execute();
  const { id } = await chat.conversation();
  const first = await chat.send(id, 'Hi');
  assert.equal(first.asked.request.bridgeId, undefined);
  first.asked.finish();
  await all(first.events);
  const second = await chat.send(id, 'Hi');
  assert.equal(second.asked.request.bridgeId, 'bridge-1');
  second.asked.finish();
});
