import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConversationDeleted, type ConversationList, UNDO_DELETE_MS } from '@cloudtolocalllm/protocol';
import { chatFixture, messagesOf, until } from './chat-fixture.ts';
import { sweepConversations } from './conversation-sweep.ts';

test('a deleted conversation is hidden, and had back as it was until its time is over', async (t) => {
  let now = Date.parse('2026-03-01T00:00:00.000Z');
  const chat = await chatFixture(t, { now: () => now });
  const { id } = await chat.conversation({ title: 'Mine' });
  const { asked, events } = await chat.send(id, 'Hi');
  asked.sink.text('Hello');
  asked.finish();
  await until(events, 'complete');
  const before = [await chat.json('GET', `/conversations/${id}`), await messagesOf(chat, id)];

  const { undoUntil } = await chat.json<ConversationDeleted>('DELETE', `/conversations/${id}`);
  assert.equal(undoUntil, new Date(now + UNDO_DELETE_MS).toISOString());
  assert.equal((await chat.json<ConversationList>('GET', '/conversations')).total, 0);
  for (const [method, suffix, body] of [
    ['GET', ''],
    ['PATCH', '', { title: 'No' }],
    ['DELETE', ''],
    ['GET', '/messages'],
    ['POST', '/messages', { content: 'Hi' }],
  ] as const) {
    assert.equal((await chat.call(method, `/conversations/${id}${suffix}`, body)).status, 404, `${method} ${suffix}`);
  }
  assert.equal((await chat.call('POST', `/conversations/${id}/restore`, undefined, 'bob')).status, 404);

  now += UNDO_DELETE_MS;
  assert.equal(await sweepConversations(chat.database.kysely, () => now), 0);
  assert.equal((await chat.call('POST', `/conversations/${id}/restore`)).status, 200);
  assert.deepEqual([await chat.json('GET', `/conversations/${id}`), await messagesOf(chat, id)], before);
  assert.equal((await chat.call('POST', `/conversations/${id}/restore`)).status, 404, 'it is not deleted any more');

  await chat.call('DELETE', `/conversations/${id}`);
  now += UNDO_DELETE_MS + 1;
  assert.equal((await chat.call('POST', `/conversations/${id}/restore`)).status, 404);
});

test('removes what can not be had back, with its messages, however much it is', async (t) => {
  let now = Date.parse('2026-03-01T00:00:00.000Z');
  const chat = await chatFixture(t, { now: () => now });
  const { kysely } = chat.database;
  const kept = await chat.conversation({ title: 'Kept' });
  for (let index = 0; index < 5; index++) {
    const { id } = await chat.conversation();
    const { asked, events } = await chat.send(id, 'Hi');
    asked.finish();
    await until(events, 'complete');
    await chat.call('DELETE', `/conversations/${id}`);
  }
  now += UNDO_DELETE_MS + 1;
  const late = await chat.conversation();
  await chat.call('DELETE', `/conversations/${late.id}`);
  assert.equal(await sweepConversations(kysely, () => now, 2), 5);
  const left = await kysely.selectFrom('conversations').select('id').orderBy('created').execute();
  assert.deepEqual(
    left.map(({ id }) => id),
    [kept.id, late.id],
  );
  assert.deepEqual(await kysely.selectFrom('messages').select('id').execute(), []);
});

test('a question that is stored after its conversation was deleted is refused', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const found = await chat.database.kysely
    .selectFrom('conversations')
    .selectAll()
    .select((query) => query.lit(0).as('messages'))
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await chat.call('DELETE', `/conversations/${id}`);
  await assert.rejects(chat.generations.send({ ...found, messages: 0 }, { content: 'Hi' }), { code: 'not_found' });
  await chat.call('POST', `/conversations/${id}/restore`);
  assert.deepEqual(await messagesOf(chat, id), []);
});
