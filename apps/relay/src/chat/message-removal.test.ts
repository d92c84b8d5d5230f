import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type Conversation, conversationResponse, type Message, messagesDeleted } from '@cloudtolocalllm/protocol';
import type { UserEvent } from '../fabric/user-events.ts';
import { all, type ChatFixture, chatFixture } from './chat-fixture.ts';

/** Questions that follow each other, each with its answer; the ids of all of them in order. */
async function setUp(t: TestContext, ...questions: string[]) {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  for (const question of questions) await answered(chat, id, question);
  const heard: UserEvent[] = [];
  chat.events.subscribe('ada', (event) => heard.push(event));
  const remove = (messageId: string, user?: string) =>
    chat.call('DELETE', `/conversations/${id}/messages/${messageId}`, undefined, user);
  const list = async (): Promise<Message[]> =>
    (await chat.json<{ messages: Message[] }>('GET', `/conversations/${id}/messages?branches=all`)).messages;
  const conversation = async (): Promise<Conversation> =>
    conversationResponse.parse(await chat.json('GET', `/conversations/${id}`)).conversation;
  return { chat, id, heard, remove, list, conversation, ids: (await list()).map((message) => message.id) };
}

async function answered(chat: ChatFixture, id: string, content: string, fields?: object): Promise<void> {
  const { asked, events } = await chat.send(id, content, fields);
  asked.sink.text(`answer to ${content}`);
  asked.finish();
  await all(events);
}

test('a message goes with all that follows it, and the branch ends before it', async (t) => {
  const { chat, id, heard, remove, list, conversation, ids } = await setUp(t, 'one', 'two', 'three');
  const before = await conversation();
  const response = await remove(ids[2]!); // of six
  assert.deepEqual(messagesDeleted.parse(await response.json()).messageIds.toSorted(), ids.slice(2).toSorted());
  assert.deepEqual(
    (await list()).map((message) => message.id),
    ids.slice(0, 2),
  );
  const { messageCount, currentMessageId, updated } = await conversation();
  assert.deepEqual([messageCount, currentMessageId], [2, ids[1]]);
  assert.ok(updated >= before.updated);
  assert.deepEqual(
    heard.map(({ type }) => type),
    ['messages_deleted', 'conversation'],
  );
  const { results } = await chat.json<{ results: unknown[] }>('GET', '/search?q=three');
  assert.deepEqual(results, []);
  assert.equal((await remove(ids[2]!)).status, 404);
  await answered(chat, id, 'four');
  assert.equal((await conversation()).messageCount, 4);
});

test('another branch stays, and is shown when the one that was shown is gone', async (t) => {
  const { chat, id, remove, list, conversation, ids } = await setUp(t, 'one', 'two');
  await answered(chat, id, 'two in other words', { parentId: ids[1] });
  const branch = (await list()).slice(4).map((message) => message.id);
  assert.equal((await remove(branch[0]!)).status, 200);
  assert.equal((await conversation()).currentMessageId, ids[3]);
  await answered(chat, id, 'one in other words', { parentId: null });
  assert.equal((await remove(ids[0]!)).status, 200);
  const left = await list();
  assert.deepEqual([left.length, (await conversation()).currentMessageId], [2, left[1]?.id]);
  assert.equal((await remove(left[0]!.id)).status, 200);
  const { messageCount, currentMessageId } = await conversation();
  assert.deepEqual([messageCount, currentMessageId], [0, undefined]);
  await answered(chat, id, 'anew');
});

test('nothing is deleted while an answer is being made, and nobody else deletes it', async (t) => {
  const { chat, id, remove, list, ids } = await setUp(t, 'one');
  assert.equal((await remove(ids[0]!, 'bob')).status, 404);
  const { asked, events } = await chat.send(id, 'two');
  assert.equal((await remove(ids[0]!)).status, 409);
  asked.finish();
  await all(events);
  assert.equal((await list()).length, 4);
  assert.equal((await remove(ids[0]!)).status, 200);
  assert.deepEqual(await list(), []);
});
