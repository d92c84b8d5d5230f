import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import type { ChatEvent, Message } from '@cloudtolocalllm/protocol';
import { all, chatFixture, eventsOf, messagesOf, until, type ChatFixture } from './chat-fixture.ts';
import { Generations } from './generations.ts';

async function answerOf(chat: ChatFixture, id: string): Promise<Message> {
  return (await messagesOf(chat, id)).at(-1)!; // every test has asked something
}

/** Says something and waits until the database has it. */
async function sayAndStore(chat: ChatFixture, id: string, text: string): Promise<AsyncGenerator<ChatEvent>> {
  const { asked, events } = await chat.send(id, 'Hi');
  asked.sink.text(text);
  while ((await answerOf(chat, id)).content !== text);
  return events;
}

test('after a crash, what was said is there and marked interrupted', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  await sayAndStore(chat, id, 'So far');
  // The process that comes after it: nothing of the first one but its database.
  const { log } = fastify();
  const next = new Generations({ database: chat.database, model: chat.model, log });
  await next.recover();
  const answer = await answerOf(chat, id);
  assert.equal(answer.status, 'interrupted');
  assert.equal(answer.content, 'So far');
  assert.equal(answer.error?.code, 'interrupted');
  assert.equal(next.find('ada', id, answer.id), undefined);
});

test('the events of an interrupted answer end with an error', async (t) => {
  const chat = await chatFixture(t, { limits: { recentCharacters: 1 } });
  const { id } = await chat.conversation();
  await sayAndStore(chat, id, 'So far');
  await chat.generations.close(0);
  const { id: messageId, parentId: userMessageId } = await answerOf(chat, id);
  const events = await all(eventsOf(await chat.call('GET', `/conversations/${id}/messages/${messageId}/events`)));
  assert.deepEqual(events.slice(0, 2), [
    { type: 'start', messageId, userMessageId, seq: 1 },
    { type: 'chunk', content: 'So far', seq: 2 },
  ]);
  assert.equal(events[2]?.type, 'error');
});

test('closing lets an answer finish within the grace and takes nothing new', async (t) => {
  const chat = await chatFixture(t);
  const [one, two] = [await chat.conversation(), await chat.conversation()];
  const { asked, events } = await chat.send(one.id, 'Hi');
  const closed = chat.generations.close(60_000);
  const refused = await chat.call('POST', `/conversations/${two.id}/messages`, { content: 'Hi' });
  assert.equal(refused.status, 503);
  asked.sink.text('Done');
  asked.finish(1);
  await closed;
  assert.equal((await until(events, 'complete')).at(-1)?.type, 'complete');
  assert.equal((await answerOf(chat, one.id)).status, 'complete');
});

test('closing tells those that do not finish, and keeps what they said', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  asked.sink.text('So far');
  await chat.generations.close(1);
  assert(asked.request.signal.aborted);
  const error = (await until(events, 'error')).at(-1);
  assert(error?.type === 'error');
  assert.deepEqual([error.error, error.code], ['shutting_down', 503]);
  const answer = await answerOf(chat, id);
  assert.deepEqual([answer.status, answer.content, answer.error?.code], ['interrupted', 'So far', 'shutting_down']);
});

test('the stored text is what the events said, for many at once', async (t) => {
  const chat = await chatFixture(t);
  const conversations = await Promise.all(Array.from({ length: 20 }, () => chat.conversation()));
  await Promise.all(
    conversations.map(async ({ id }, index) => {
      // Asked by hand: which question is whose does not matter, only that each is answered.
      const response = await chat.call('POST', `/conversations/${id}/messages`, { content: `Question ${index}` });
      const asked = await chat.model.next();
      const count = 1 + ((index * 37) % 200);
      for (let token = 0; token < count; token++) {
        asked.sink.text(` ${token}é`);
        if (token % 7 === 0) await new Promise(setImmediate);
      }
      asked.finish(count);
      let text = '';
      for await (const event of eventsOf(response)) if (event.type === 'chunk') text += event.content;
      assert.notEqual(text, '');
      assert.equal((await answerOf(chat, id)).content, text);
    }),
  );
});

test('an answer that cannot be stored says so instead of complete, and what was said is stored later', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  const { batch } = chat.database;
  t.mock.method(chat.database, 'batch', () => Promise.reject(new Error('disk full')));
  asked.sink.text('Hello');
  asked.finish();
  const error = (await until(events, 'error')).at(-1);
  assert(error?.type === 'error');
  assert.equal(error.error, 'internal_error');
  t.mock.method(chat.database, 'batch', batch);
  while ((await messagesOf(chat, id)).at(-1)?.content !== 'Hello');
  const { asked: again } = await chat.send(id, 'Again');
  again.finish();
});
