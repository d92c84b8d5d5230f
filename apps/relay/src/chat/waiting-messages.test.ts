import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiErrorBody, ChatEvent, Message } from '@cloudtolocalllm/protocol';
import fastify from 'fastify';
import { RelayError } from '../errors.ts';
import { all, chatFixture, type ChatFixture, eventsOf, messagesOf, startOf, textOf, until } from './chat-fixture.ts';
import { Generations } from './generations.ts';

const OFFLINE = new RelayError('bridge_offline', 'Your computer is offline.');

async function ask(chat: ChatFixture, id: string, fields: object = {}): Promise<AsyncGenerator<ChatEvent>> {
  const body = { content: 'Hi', ifOffline: 'wait', ...fields };
  const response = await chat.call('POST', `/conversations/${id}/messages`, body);
  assert.equal(response.status, 200);
  return eventsOf(response);
}

function comes(chat: ChatFixture): void {
  chat.model.isOnline = true;
  chat.events.publish('ada', { type: 'bridge', bridgeId: 'bridge-1' });
}

async function answerOf(chat: ChatFixture, id: string): Promise<Message> {
  return (await messagesOf(chat, id)).at(-1)!; // every test has asked something
}

test('a message waits for its computer and is answered when it is there', async (t) => {
  const chat = await chatFixture(t);
  chat.model.isOnline = false;
  const { id } = await chat.conversation();
  const events = await ask(chat, id);
  const begun = await until(events, 'status');
  const { messageId, userMessageId } = startOf(begun);
  assert.deepEqual(begun, [
    { type: 'start', messageId, userMessageId, seq: 1 },
    { type: 'status', status: 'queued', seq: 2 },
  ]);
  const queued = await answerOf(chat, id);
  assert.equal(queued.status, 'queued');
  assert.equal(Date.parse(queued.expires!) - Date.parse(queued.created), 24 * 60 * 60 * 1000); // it waits
  const busy = await chat.call('POST', `/conversations/${id}/messages`, { content: 'And?' });
  assert.equal(busy.status, 409);
  comes(chat);
  const asked = await chat.model.next();
  assert.deepEqual(asked.request.messages, [{ role: 'user', content: 'Hi' }]);
  const loading = await answerOf(chat, id);
  assert.deepEqual([loading.status, loading.expires], ['loading', undefined]);
  asked.sink.text('Hello');
  asked.finish(1);
  assert.deepEqual(await all(events), [
    { type: 'status', status: 'loading', seq: 3 },
    { type: 'chunk', content: 'Hello', seq: 4 },
    { type: 'complete', messageId, totalTokens: 1, status: 'complete', metadata: { firstTokenMs: 0 }, seq: 5 },
  ]);
});

test('nothing waits unasked, and nothing that can be answered', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi', { ifOffline: 'wait' });
  asked.finish();
  assert.deepEqual(
    (await all(events)).map(({ type }) => type),
    ['start', 'complete'],
  );
  const fails = await chat.send(id, 'Hi');
  fails.asked.fail(OFFLINE);
  assert.equal((await all(fails.events)).at(-1)?.type, 'error');
});

test('a waiting message that is stopped is never asked', async (t) => {
  const chat = await chatFixture(t);
  chat.model.isOnline = false;
  const { id } = await chat.conversation();
  const events = await ask(chat, id);
  const { messageId } = startOf(await until(events, 'status'));
  const stopped = await chat.json<{ message: Message }>('DELETE', `/conversations/${id}/messages/${messageId}/events`);
  assert.deepEqual([stopped.message.status, stopped.message.expires], ['stopped', undefined]);
  const [end] = await all(events);
  assert.deepEqual(end, { type: 'complete', messageId, totalTokens: 0, status: 'stopped', seq: 3 });
  comes(chat);
  const { asked } = await chat.send(id, 'Next');
  assert.deepEqual(asked.request.messages.at(-1)?.content, 'Next');
  asked.finish();
});

test('a message that waited too long has expired', async (t) => {
  const chat = await chatFixture(t, { limits: { waitMs: 20 } });
  chat.model.isOnline = false;
  const { id } = await chat.conversation();
  const error = (await all(await ask(chat, id))).at(-1);
  assert(error?.type === 'error');
  assert.deepEqual([error.error, error.code], ['expired', 504]);
  const answer = await answerOf(chat, id);
  assert.deepEqual([answer.status, answer.error?.code], ['failed', 'expired']);
});

test('so many messages of a user wait, and no more', async (t) => {
  const chat = await chatFixture(t, { limits: { waitingPerUser: 2 } });
  chat.model.isOnline = false;
  for (let count = 0; count < 2; count++) await ask(chat, (await chat.conversation()).id);
  const { id } = await chat.conversation();
  const refused = await chat.call('POST', `/conversations/${id}/messages`, { content: 'Hi', ifOffline: 'wait' });
  assert.equal(refused.status, 429);
  assert.equal(((await refused.json()) as ApiErrorBody).error, 'queue_full');
  assert.deepEqual(await messagesOf(chat, id), [], 'nothing of it was stored');
});

test('without streaming, a message that waits is answered at once', async (t) => {
  const chat = await chatFixture(t);
  chat.model.isOnline = false;
  const { id } = await chat.conversation();
  const body = { content: 'Hi', ifOffline: 'wait', stream: false };
  const { message } = await chat.json<{ message: Message }>('POST', `/conversations/${id}/messages`, body);
  assert.equal(message.status, 'queued');
  assert.ok(message.expires);
});

test('waits again when the computer was lost before it said anything, and is asked from the start', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi', { ifOffline: 'wait' });
  chat.model.isOnline = false;
  asked.fail(OFFLINE);
  const waiting = await until(events, 'status');
  assert.deepEqual(waiting.at(-1), { type: 'status', status: 'queued', seq: 2 });
  const stored = await answerOf(chat, id);
  assert.deepEqual([stored.status, stored.expires !== undefined], ['queued', true]);
  comes(chat);
  const again = await chat.model.next();
  assert.deepEqual(again.request.messages, asked.request.messages);
  again.sink.text('Hello');
  // Lost in mid-answer: what was said is kept, and it is not asked again.
  again.fail(OFFLINE);
  const told = await all(events);
  assert.equal(told.at(-1)?.type, 'error');
  const answer = await answerOf(chat, id);
  assert.deepEqual([answer.status, answer.content, answer.error?.code], ['failed', 'Hello', 'bridge_offline']);
});

test('a relay that ends leaves the waiting to the next one, which sends the same events on', async (t) => {
  const chat = await chatFixture(t);
  chat.model.isOnline = false;
  const { id } = await chat.conversation();
  const events = await ask(chat, id);
  const { messageId } = startOf(await until(events, 'status'));
  await chat.generations.close(60_000);
  await assert.rejects(all(events), 'cut, without an end: the client comes back');
  assert.equal((await answerOf(chat, id)).status, 'queued');
  const early = await chat.call('GET', `/conversations/${id}/messages/${messageId}/events?after=2`);
  assert.equal(early.status, 503, 'who is back before the next relay is not told of an end');

  const next = new Generations({ database: chat.database, model: chat.model, log: fastify().log, events: chat.events });
  await next.recover();
  const generation = next.find('ada', id, messageId);
  assert(generation);
  assert.deepEqual(generation.resume(2), { sent: 2 }, 'the numbers go on');
  comes(chat);
  const asked = await chat.model.next();
  asked.sink.text('Hello');
  asked.finish();
  await generation.ended;
  const replayed = Array.from({ length: generation.last }, (_, index) => generation.event(index + 1));
  assert.deepEqual(
    replayed.map(({ type }) => type),
    ['start', 'status', 'status', 'chunk', 'complete'],
  );
  assert.equal(textOf(replayed), 'Hello');
  assert.equal((await answerOf(chat, id)).status, 'complete');
  await next.close(0);
});

test('a message whose turn comes while the relay ends goes on waiting for the next one', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi', { ifOffline: 'wait' });
  asked.fail(new RelayError('shutting_down', 'The relay is restarting.'));
  await until(events, 'status');
  await chat.generations.close(0);
  const { status, expires } = await answerOf(chat, id);
  assert.deepEqual([status, expires !== undefined], ['queued', true]);
});

test('what waits after it was asked once gets numbers that nobody has seen when the relay was killed', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi', { ifOffline: 'wait' });
  asked.sink.loading?.();
  chat.model.isOnline = false;
  asked.fail(OFFLINE);
  let last: ChatEvent | undefined;
  while (!(last?.type === 'status' && last.status === 'queued')) last = (await until(events, 'status')).at(-1);
  const next = new Generations({ database: chat.database, model: chat.model, log: fastify().log, events: chat.events });
  await next.recover();
  const generation = next.find('ada', id, (await answerOf(chat, id)).id);
  assert(generation);
  const { replace } = generation.resume(last.seq!); // it has one
  assert.equal(replace?.content, '');
  assert(replace.seq! > last.seq!); // both have one
  generation.stop();
  await generation.ended;
});

test('the computer that is named is the one that is asked, and must be there', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const bridgeId = `bridge-${crypto.randomUUID()}`;
  const refused = await chat.call('POST', `/conversations/${id}/messages`, { content: 'Hi', bridgeId });
  assert.equal(refused.status, 404);
  const times = { created: '2026-01-01T00:00:00.000Z', last_seen: null, token_version: 1 };
  const client = { client_id: 'c', name: 'pc', platform: 'linux', version: '1', capabilities: '[]', models: '[]' };
  await chat.database.kysely
    .insertInto('bridges')
    .values({ id: bridgeId, user_id: 'ada', ollama_status: 'connected', ...times, ...client })
    .execute();
  const { asked } = await chat.send(id, 'Hi', { bridgeId, model: 'other' });
  assert.deepEqual([asked.request.named, asked.request.model], [bridgeId, 'other']);
  asked.finish();
});
