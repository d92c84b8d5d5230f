import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, chatFixture, type ChatFixture, eventsOf, messagesOf, startOf, textOf, until } from './chat-fixture.ts';

function post(chat: ChatFixture, path: string, body: object): Promise<Response> {
  return fetch(`${chat.url}/api/chat${path}`, {
    method: 'POST',
    headers: { 'x-user': 'ada', 'content-type': 'application/json', 'idempotency-key': 'key-1' },
    body: JSON.stringify(body),
  });
}

test('a question that is sent twice is asked once, and both hear the whole answer', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const send = () => post(chat, `/conversations/${id}/messages`, { content: 'Hi' });
  const first = eventsOf(await send());
  const asked = await chat.model.next();
  asked.sink.text('Hel');
  const { messageId } = startOf(await until(first, 'chunk'));
  const second = eventsOf(await send());
  asked.sink.text('lo');
  asked.finish();
  const heard = await all(second);
  assert.equal(startOf(heard).messageId, messageId);
  assert.equal(textOf(heard), 'Hello');
  const third = await all(eventsOf(await send()));
  assert.equal(textOf(third), 'Hello', 'also when it has ended');
  assert.equal((await messagesOf(chat, id)).length, 2);
});

test('a question whose answer is in the database alone is not asked again', async (t) => {
  const chat = await chatFixture(t, { limits: { recentCharacters: 1 } });
  const { id } = await chat.conversation();
  const send = () => post(chat, `/conversations/${id}/messages`, { content: 'Hi' });
  const first = eventsOf(await send());
  const asked = await chat.model.next();
  asked.sink.text('Hello');
  asked.finish();
  await all(first);
  const again = await all(eventsOf(await send()));
  assert.deepEqual(
    again.map(({ type }) => type),
    ['start', 'chunk', 'complete'],
  );
  assert.equal((await messagesOf(chat, id)).length, 2);
});

test('another answer is made once, however often it is asked for', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  asked.finish();
  const { messageId } = startOf(await all(events));
  const again = () => post(chat, `/conversations/${id}/messages/${messageId}/regenerate`, {});
  const first = eventsOf(await again());
  const other = await chat.model.next();
  other.sink.text('Other');
  other.finish();
  const { messageId: one } = startOf(await all(first));
  const { messageId: two } = startOf(await all(eventsOf(await again())));
  assert.equal(one, two);
  assert.notEqual(one, messageId);
});
