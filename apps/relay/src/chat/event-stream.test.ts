import assert from 'node:assert/strict';
import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import { test } from 'node:test';
import type { ChatEvent } from '@cloudtolocalllm/protocol';
import type { FastifyReply } from 'fastify';
import { all, chatFixture, eventsOf, messagesOf, startOf, textOf, until } from './chat-fixture.ts';
import { EVENT_STREAM_LIMITS, streamEvents } from './event-stream.ts';
import { Generation } from './generation.ts';

test('replays the events after any number, while it runs and when it has ended', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  const { messageId, userMessageId } = startOf(await until(events, 'start'));
  const path = `/conversations/${id}/messages/${messageId}/events`;
  for (const content of ['a', 'b', 'c']) asked.sink.text(content);
  const running = [];
  for (let after = 0; after <= 4; after++) running.push(eventsOf(await chat.call('GET', `${path}?after=${after}`)));
  asked.sink.loading?.();
  asked.sink.text('d');
  asked.finish(4);
  const expected: ChatEvent[] = [
    { type: 'start', messageId, userMessageId, seq: 1 },
    { type: 'chunk', content: 'a', seq: 2 },
    { type: 'chunk', content: 'b', seq: 3 },
    { type: 'chunk', content: 'c', seq: 4 },
    { type: 'status', status: 'loading', seq: 5 },
    { type: 'chunk', content: 'd', seq: 6 },
    { type: 'complete', messageId, totalTokens: 4, status: 'complete', metadata: { firstTokenMs: 0 }, seq: 7 },
  ];
  for (const [after, replay] of running.entries()) assert.deepEqual(await all(replay), expected.slice(after));
  for (let after = 0; after <= 7; after++) {
    const replay = await all(eventsOf(await chat.call('GET', `${path}?after=${after}`)));
    assert.deepEqual(replay, expected.slice(after), `after ${after}`);
  }
  const unknown = await all(eventsOf(await chat.call('GET', `${path}?after=99`)));
  assert.deepEqual(unknown, [{ type: 'replace', messageId, content: 'abcd', seq: 6 }, expected[6]]);
});

test('tells an answer that is no longer in memory from its start, or all of it at once', async (t) => {
  const chat = await chatFixture(t, { limits: { recentCharacters: 1 } });
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  for (const content of ['a', 'b']) asked.sink.text(content);
  asked.finish(2);
  const { messageId, userMessageId } = startOf(await all(events));
  const replay = async (after: number): Promise<ChatEvent[]> =>
    all(eventsOf(await chat.call('GET', `/conversations/${id}/messages/${messageId}/events?after=${after}`)));
  const complete = { type: 'complete', messageId, totalTokens: 2, status: 'complete', metadata: { firstTokenMs: 0 } };
  assert.deepEqual(await replay(0), [
    { type: 'start', messageId, userMessageId, seq: 1 },
    { type: 'chunk', content: 'ab', seq: 2 },
    { ...complete, seq: 3 },
  ]);
  // The database knows that event 4 was the last one; a relay that was killed may have sent more.
  for (const [after, seq] of [
    [2, 4],
    [4, 4],
    [9, 9],
  ] as const) {
    const replace = { type: 'replace', messageId, content: 'ab', seq };
    assert.deepEqual(await replay(after), [replace, { ...complete, seq: seq + 1 }], `after ${after}`);
  }
});

test('a listener that leaves stops nothing, another one hears it all', async (t) => {
  const chat = await chatFixture(t);
  const { id } = await chat.conversation();
  const leaving = new AbortController();
  const response = await fetch(`${chat.url}/api/chat/conversations/${id}/messages`, {
    method: 'POST',
    headers: { 'x-user': 'ada', 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'Hi' }),
    signal: leaving.signal,
  });
  const asked = await chat.model.next();
  const left = eventsOf(response);
  const { messageId } = startOf(await until(left, 'start'));
  asked.sink.text('a');
  await until(left, 'chunk');
  leaving.abort();
  await assert.rejects(left.next());
  const path = `/conversations/${id}/messages/${messageId}/events`;
  const [one, two] = await Promise.all([chat.call('GET', path), chat.call('GET', `${path}?after=1`)]);
  asked.sink.text('b');
  assert.equal(asked.request.signal.aborted, false);
  asked.finish(2);
  assert.equal(textOf(await all(eventsOf(one))), 'ab');
  assert.equal(textOf(await all(eventsOf(two))), 'ab');
  assert.equal((await messagesOf(chat, id))[1]?.content, 'ab');
});

test('keeps an answer that is silent alive', async (t) => {
  const chat = await chatFixture(t, { streamLimits: { keepAliveMs: 10 } });
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  assert.deepEqual((await until(events, 'status')).at(-1), { type: 'status', status: 'loading' });
  asked.sink.text('a');
  assert.equal((await until(events, 'chunk')).at(-1)?.seq, 2, 'such lines have no number');
  assert.deepEqual((await until(events, 'status')).at(-1), { type: 'status', status: 'generating' });
  asked.finish();
  await all(events);
});

test('a listener that does not read is dropped, and disturbs nobody', async (t) => {
  const chat = await chatFixture(t, { streamLimits: { stalledMs: 1000 }, limits: { answerCharacters: 50_000_000 } });
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'Hi');
  const { messageId } = startOf(await until(events, 'start'));
  const accepted = once(chat.app.server, 'connection');
  const socket = connect(Number(new URL(chat.url).port), '127.0.0.1').pause();
  const [connection] = (await accepted) as [Socket]; // as: what the event carries
  const dropped = once(connection, 'close');
  socket.write(
    `GET /api/chat/conversations/${id}/messages/${messageId}/events HTTP/1.1\r\nHost: x\r\nX-User: ada\r\n\r\n`,
  );
  const piece = 'x'.repeat(50_000);
  for (let count = 0; count < 400; count++) asked.sink.text(piece);
  const reading = all(events);
  await dropped;
  socket.destroy();
  asked.finish();
  assert.equal(textOf(await reading).length, 400 * piece.length);
});

test('whoever went away before the answer began is not followed', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const socket = new Socket();
  const response = new ServerResponse(new IncomingMessage(socket));
  response.assignSocket(socket);
  response.destroy();
  await once(response, 'close');
  const generation = new Generation({ userId: 'ada', conversationId: 'c', messageId: 'm', userMessageId: 'u' });
  const before = timers();
  // as: all that it takes of a reply
  const reply = { raw: response, hijack() {}, getHeaders: () => ({}) } as unknown as FastifyReply;
  streamEvents(reply, generation, 0, EVENT_STREAM_LIMITS);
  assert.equal(timers(), before, 'nothing would ever end them');
});
