import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ChatEvent, MessageList, SendMessageResponse } from '@cloudtolocalllm/protocol';
import { chatFixture } from '../chat/chat-fixture.ts';

/** A conversation of ada's, and questions in it with a key. */
async function fixture(t: TestContext) {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const messages = `/conversations/${id}/messages`;
  const post = (path: string, key: string, body: object, signal?: AbortSignal): Promise<Response> =>
    fetch(`${chat.url}/api/chat${messages}${path}`, {
      method: 'POST',
      headers: { 'x-user': 'ada', 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  const all = async () => (await chat.json<MessageList>('GET', `${messages}?branches=all`)).messages;
  return { ...chat, post, all };
}

/** All events of an answer that ends. */
async function eventsOf(response: Response): Promise<ChatEvent[]> {
  const lines = (await response.text()).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as ChatEvent); // as: the schema's lines
}

function textOf(events: readonly ChatEvent[]): string {
  return events.map((event) => ('content' in event ? event.content : '')).join('');
}

test('a question that was cut off is not asked twice: its retry follows the answer from its beginning', async (t) => {
  const { post, model, all } = await fixture(t);
  const cut = new AbortController();
  const first = await post('', 'key', { content: 'Hello?' }, cut.signal);
  assert.equal(first.status, 200);
  const { sink, finish } = await model.next();
  sink.text('Hel');
  cut.abort();
  const second = post('', 'key', { content: 'Hello?' });
  const response = await second;
  sink.text('lo!');
  finish();
  const events = await eventsOf(response);
  assert.equal(events[0]?.type, 'start');
  assert.equal(events.at(-1)?.type, 'complete');
  assert.equal(textOf(events), 'Hello!');
  const third = await eventsOf(await post('', 'key', { content: 'Hello?' }));
  assert.deepEqual(third, events);
  assert.equal((await all()).length, 2);
});

test('a retry of a question that waits for its whole answer waits for the same one', async (t) => {
  const { post, model, all } = await fixture(t);
  const body = { content: 'Hello?', stream: false };
  const first = post('', 'key', body);
  const { sink, finish } = await model.next();
  const second = post('', 'key', body);
  sink.text('Hello!');
  finish();
  const [one, two] = await Promise.all([first, second]);
  assert.deepEqual([one.status, two.status], [200, 200]);
  const { message } = (await one.json()) as SendMessageResponse; // as: its schema
  assert.deepEqual(await two.json(), { success: true, message });
  assert.equal((await all()).length, 2);
});

test('a retry makes no third answer', async (t) => {
  const { post, model, all } = await fixture(t);
  const asked = post('', 'key-1', { content: 'Hello?', stream: false });
  (await model.next()).finish();
  const { message } = (await (await asked).json()) as SendMessageResponse; // as: its schema
  const first = post(`/${message.id}/regenerate`, 'key-2', { stream: true });
  (await model.next()).finish();
  const events = await eventsOf(await first);
  assert.deepEqual(await eventsOf(await post(`/${message.id}/regenerate`, 'key-2', { stream: true })), events);
  assert.equal((await all()).length, 3);
});

test('a retry of going on with an answer follows it', async (t) => {
  const { post, model, all } = await fixture(t);
  const asked = post('', 'key-1', { content: 'Hello?', stream: false });
  const first = await model.next();
  first.sink.text('Hel');
  first.finish();
  const { message } = (await (await asked).json()) as SendMessageResponse; // as: its schema
  const more = post(`/${message.id}/continue`, 'key-2', { stream: true });
  const second = await model.next();
  second.sink.text('lo!');
  second.finish();
  const events = await eventsOf(await more);
  assert.deepEqual(await eventsOf(await post(`/${message.id}/continue`, 'key-2', { stream: true })), events);
  const [, answer] = await all();
  assert.equal(answer?.content, 'Hello!');
});
