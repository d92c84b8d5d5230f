import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import { TEST_USER } from '../bridges/test-hub.ts';
import { startTestQueue, type PlayedBridge } from './test-queue.ts';

const HOUR_MS = 3_600_000;

/** The id of the request that comes next. */
async function nextRequest(bridge: PlayedBridge): Promise<string> {
  const envelope = await bridge.next();
  assert.equal(envelope.type, 'chat_request');
  assert.ok(envelope.type === 'chat_request' && envelope.payload.queued === true && envelope.id !== undefined);
  return envelope.id;
}

async function nextTold(bridge: PlayedBridge): Promise<[type: string, requestId: string]> {
  const envelope = await bridge.next();
  assert.ok(envelope.type !== 'chat_request');
  return [envelope.type, envelope.payload.requestId];
}

function answer(bridge: PlayedBridge, requestId: string, text: string): void {
  bridge.say('chat_accepted', { requestId });
  bridge.say('chat_chunk', { requestId, content: text });
  bridge.say('chat_complete', { requestId, totalTokens: 7 });
}

for (const kind of ['connectJson', 'connectStreaming'] as const) {
  test(`gives a bridge its messages in order, one at a time, once it is there (${kind})`, async (t) => {
    const queue = await startTestQueue(t);
    const ids = [await queue.ask('one'), await queue.ask('two'), await queue.ask('three')];
    const bridge = await queue[kind]();
    for (const [index, id] of ids.entries()) {
      assert.equal(await nextRequest(bridge), id);
      answer(bridge, id, `answer ${index}`);
      assert.deepEqual(await nextTold(bridge), ['chat_received', id]);
      const { result } = await queue.until(id, 'complete');
      assert.deepEqual(result, { content: `answer ${index}`, model: 'm', totalTokens: 7 });
    }
    const late = await queue.ask('four');
    assert.equal(await nextRequest(bridge), late);
  });

  test(`keeps what was said and tells the bridge when it is cancelled in mid-answer (${kind})`, async (t) => {
    const queue = await startTestQueue(t);
    const [first, second] = [await queue.ask(), await queue.ask()];
    const bridge = await queue[kind]();
    await nextRequest(bridge);
    bridge.say('chat_accepted', { requestId: first });
    bridge.say('chat_chunk', { requestId: first, content: 'Half', thinking: 'Hm.' });
    await queue.until(first, 'running');
    while ((await queue.queue.store.get(TEST_USER, queue.bridgeId, first))?.content !== 'Half') await pause();
    const row = await queue.queue.cancel({ id: first, userId: TEST_USER, bridgeId: queue.bridgeId });
    assert.deepEqual([row?.status, row?.content, row?.thinking], ['cancelled', 'Half', 'Hm.']);
    assert.deepEqual(await nextTold(bridge), ['chat_cancel', first]);
    assert.deepEqual(await nextTold(bridge), ['chat_received', first]);
    assert.equal(await nextRequest(bridge), second);
  });
}

test('waits for an engine that answers', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const bridge = await queue.connectJson();
  assert.equal(await nextRequest(bridge), id);
  answer(bridge, id, 'x');
  await queue.until(id, 'complete');
  await nextTold(bridge);
  bridge.say('status_update', { ollamaStatus: 'disconnected', models: [] });
  while (queue.hub.get(queue.bridgeId)?.report?.ollamaStatus !== 'disconnected') await pause();
  const later = await queue.ask();
  await pause();
  assert.deepEqual(bridge.unread, []);
  bridge.say('status_update', { ollamaStatus: 'connected', models: ['m'] });
  assert.equal(await nextRequest(bridge), later);
});

test('sends what was not accepted again under the same id', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const first = await queue.connectJson();
  assert.equal(await nextRequest(first), id);
  await first.cut();
  const second = await queue.connectJson();
  assert.equal(await nextRequest(second), id);
  assert.equal((await queue.until(id, 'queued')).status, 'queued');
  answer(second, id, 'Here.');
  assert.equal((await queue.until(id, 'complete')).result?.content, 'Here.');
});

test('asks again for what was accepted, and takes what is then told in place of what it has', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const first = await queue.connectStreaming();
  await nextRequest(first);
  first.say('chat_accepted', { requestId: id });
  first.say('chat_chunk', { requestId: id, content: 'Once upon' });
  await queue.until(id, 'running');
  const other = await queue.connectStreaming(); // another process: the first one's session is over
  assert.equal(await nextRequest(other), id);
  other.say('chat_accepted', { requestId: id });
  other.say('chat_chunk', { requestId: id, content: 'Once upon a time' });
  other.say('chat_chunk', { requestId: id, content: '.' });
  other.say('chat_complete', { requestId: id });
  const { result } = await queue.until(id, 'complete');
  assert.equal(result?.content, 'Once upon a time.');
});

test('keeps what a bridge says before it accepts', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const bridge = await queue.connectJson();
  await nextRequest(bridge);
  bridge.say('chat_chunk', { requestId: id, content: 'Once upon' });
  bridge.say('chat_accepted', { requestId: id });
  bridge.say('chat_chunk', { requestId: id, content: ' a time.' });
  bridge.say('chat_complete', { requestId: id });
  const { result } = await queue.until(id, 'complete');
  assert.equal(result?.content, 'Once upon a time.');
});

test('goes on over a cut within the grace period as if nothing had been', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const bridge = await queue.connectStreaming();
  await nextRequest(bridge);
  bridge.say('chat_accepted', { requestId: id });
  bridge.say('chat_chunk', { requestId: id, content: 'a' });
  await queue.until(id, 'running');
  await bridge.cut();
  bridge.say('chat_chunk', { requestId: id, content: 'b' });
  bridge.say('chat_complete', { requestId: id });
  await bridge.reconnect();
  assert.equal((await queue.until(id, 'complete')).result?.content, 'ab');
  assert.deepEqual(await nextTold(bridge), ['chat_received', id]);
});

test('interrupts what a bridge without acceptance was telling, and never sends it again', async (t) => {
  const queue = await startTestQueue(t);
  const [id, next] = [await queue.ask(), await queue.ask()];
  const bridge = await queue.connectJson();
  await nextRequest(bridge);
  bridge.say('chat_chunk', { requestId: id, content: 'Half' });
  await queue.until(id, 'running');
  await bridge.cut();
  const { result, error } = await queue.until(id, 'interrupted');
  assert.deepEqual([result?.content, error?.code], ['Half', 'interrupted']);
  const again = await queue.connectJson();
  assert.deepEqual(await nextTold(again), ['chat_cancel', id]);
  assert.deepEqual(await nextTold(again), ['chat_received', id]);
  assert.equal(await nextRequest(again), next);
});

test('keeps why it failed, and that it was interrupted', async (t) => {
  const queue = await startTestQueue(t);
  const ids = [await queue.ask(), await queue.ask(), await queue.ask()] as const;
  const bridge = await queue.connectJson();
  const say = async (code: string | undefined, message: string) => {
    const requestId = await nextRequest(bridge);
    bridge.say('chat_accepted', { requestId });
    bridge.say('chat_chunk', { requestId, content: 'So' });
    bridge.say('chat_error', { requestId, ...(code && { code }), message });
    assert.deepEqual(await nextTold(bridge), ['chat_received', requestId]);
  };
  await say('model_not_found', 'No such model.');
  await say('nonsense', ' ');
  await say('interrupted', 'The bridge was started again.');
  const [first, second, third] = [
    await queue.until(ids[0], 'failed'),
    await queue.until(ids[1], 'failed'),
    await queue.until(ids[2], 'interrupted'),
  ];
  assert.deepEqual(first.error, { code: 'model_not_found', message: 'No such model.' });
  assert.deepEqual(second.error, { code: 'engine_error', message: 'The bridge gave no reason.' });
  assert.deepEqual(third.error, { code: 'interrupted', message: 'The bridge was started again.' });
  assert.equal(third.result?.content, 'So');
});

test('answers a late end of what has ended with chat_received, and stores nothing of it', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const bridge = await queue.connectJson();
  await nextRequest(bridge);
  answer(bridge, id, 'Once.');
  assert.deepEqual(await nextTold(bridge), ['chat_received', id]);
  bridge.say('chat_chunk', { requestId: id, content: 'Twice.' });
  bridge.say('chat_complete', { requestId: id, totalTokens: 99 });
  assert.deepEqual(await nextTold(bridge), ['chat_received', id]);
  const { result } = await queue.until(id, 'complete');
  assert.deepEqual([result?.content, result?.totalTokens], ['Once.', 7]);
  const unknown = `msg-${crypto.randomUUID()}`;
  bridge.say('chat_accepted', { requestId: unknown });
  assert.deepEqual(await nextTold(bridge), ['chat_received', unknown]);
  const waiting = await queue.ask();
  await nextRequest(bridge);
  const behind = await queue.ask();
  bridge.say('chat_accepted', { requestId: behind });
  answer(bridge, waiting, 'x');
  assert.deepEqual(await nextTold(bridge), ['chat_received', waiting]); // and none for the one that waits
});

test('tells a bridge that was away what it need not keep', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const first = await queue.connectJson();
  await nextRequest(first);
  first.say('chat_accepted', { requestId: id });
  await queue.until(id, 'running');
  while ((await queue.queue.store.get(TEST_USER, queue.bridgeId, id))?.accepted !== 1) await pause();
  await first.cut();
  while (queue.hub.connectedCount > 0) await pause();
  const row = await queue.queue.cancel({ id, userId: TEST_USER, bridgeId: queue.bridgeId });
  assert.equal(row?.status, 'cancelled');
  const second = await queue.connectJson();
  assert.deepEqual(await nextTold(second), ['chat_cancel', id]);
  assert.deepEqual(await nextTold(second), ['chat_received', id]);
  await second.cut();
  const third = await queue.connectJson();
  const next = await queue.ask();
  assert.equal(await nextRequest(third), next);
});

test('ends what has expired: never begun, sent and not begun, begun by a bridge that never came back', async (t) => {
  const queue = await startTestQueue(t);
  const [begun, sent, waits, stays] = [
    await queue.ask('1', 60),
    await queue.ask('2', 120),
    await queue.ask('3', 120),
    await queue.ask('4', 300_000),
  ] as const;
  const bridge = await queue.connectJson();
  await nextRequest(bridge);
  bridge.say('chat_accepted', { requestId: begun });
  bridge.say('chat_chunk', { requestId: begun, content: 'Half' });
  await queue.until(begun, 'running');
  queue.clock.now += 61_000;
  await queue.queue.sweep();
  assert.equal((await queue.until(begun, 'running')).status, 'running', 'what has begun may go on');
  await bridge.cut();
  while (queue.hub.connectedCount > 0) await pause();
  queue.clock.now += 30_000;
  await queue.queue.sweep();
  queue.clock.now += HOUR_MS;
  await queue.queue.sweep();
  const lost = await queue.until(begun, 'interrupted');
  assert.deepEqual([lost.result?.content, lost.error?.code], ['Half', 'interrupted']);
  for (const id of [sent, waits]) assert.equal((await queue.until(id, 'expired')).error?.code, 'bridge_offline');
  assert.equal((await queue.until(stays, 'queued')).status, 'queued');

  const again = await queue.connectJson();
  assert.deepEqual(await nextTold(again), ['chat_cancel', begun]);
  assert.deepEqual(await nextTold(again), ['chat_received', begun]);
  assert.equal(await nextRequest(again), stays);
  queue.clock.now += 300_000_000;
  await queue.queue.sweep();
  assert.deepEqual(await nextTold(again), ['chat_cancel', stays]);
  await queue.until(stays, 'expired');
});

test('gives a bridge up that is there and says nothing', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const bridge = await queue.connectJson();
  await nextRequest(bridge);
  bridge.say('chat_accepted', { requestId: id });
  await queue.until(id, 'running');
  queue.clock.now += 2 * HOUR_MS;
  await queue.queue.sweep();
  assert.deepEqual(await nextTold(bridge), ['chat_cancel', id]);
  assert.equal((await queue.until(id, 'failed')).error?.code, 'engine_timeout');
});

test('removes what ended a week ago', async (t) => {
  const queue = await startTestQueue(t);
  const key = { id: await queue.ask(), userId: TEST_USER, bridgeId: queue.bridgeId };
  await queue.queue.cancel(key);
  queue.clock.now += 6 * 24 * HOUR_MS;
  await queue.queue.sweep();
  assert.ok(await queue.queue.store.get(TEST_USER, queue.bridgeId, key.id));
  queue.clock.now += 2 * 24 * HOUR_MS;
  await queue.queue.sweep();
  assert.equal(await queue.queue.store.get(TEST_USER, queue.bridgeId, key.id), undefined);
});

test('takes no more than its limits, and one more when another has ended', async (t) => {
  const queue = await startTestQueue(t, { waiting: 3, waitingBytes: 1000, payloadBytes: 900 });
  const rejected = (code: string) => (error: unknown) => error instanceof RelayError && error.code === code;
  const [first] = [await queue.ask(), await queue.ask(), await queue.ask()];
  await assert.rejects(queue.ask(), rejected('queue_full'));
  await queue.queue.cancel({ id: first, userId: TEST_USER, bridgeId: queue.bridgeId });
  await assert.rejects(queue.ask('x'.repeat(890)), rejected('payload_too_large'));
  await assert.rejects(queue.ask('é'.repeat(410)), rejected('queue_full'));
  await queue.ask();
  const both = await Promise.allSettled([queue.ask(), queue.ask()]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
});

test('takes nothing for a bridge that was removed in the same moment', async (t) => {
  const { queue } = await startTestQueue(t);
  const message = {
    id: newId('msg'),
    userId: TEST_USER,
    bridgeId: newId('bridge'),
    payload: { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], stream: true },
    expiresInSeconds: 60,
  };
  await assert.rejects(queue.add(message), (error) => error instanceof RelayError && error.code === 'not_found');
});

test('ends an answer that is longer than any', async (t) => {
  const queue = await startTestQueue(t, { answerCharacters: 10 });
  const id = await queue.ask();
  const bridge = await queue.connectJson();
  await nextRequest(bridge);
  bridge.say('chat_accepted', { requestId: id });
  bridge.say('chat_chunk', { requestId: id, content: '12345678' });
  bridge.say('chat_chunk', { requestId: id, content: '901' });
  assert.deepEqual(await nextTold(bridge), ['chat_cancel', id]);
  const { result, error } = await queue.until(id, 'failed');
  assert.deepEqual([result?.content, error?.code], ['12345678', 'engine_error']);
});

test('goes on after a restart of the relay: what was accepted is asked for again, the rest is where it was', async (t) => {
  const before = await startTestQueue(t);
  const [id, next] = [await before.ask(), await before.ask()];
  const bridge = await before.connectStreaming();
  await nextRequest(bridge);
  bridge.say('chat_accepted', { requestId: id });
  bridge.say('chat_chunk', { requestId: id, content: 'Half' });
  await before.until(id, 'running');
  const after = await before.restart();
  const kept = await after.until(id, 'running');
  assert.equal(kept.result?.content, 'Half');
  const back = await after.connectStreaming(bridge.bridge.instance);
  assert.equal(await nextRequest(back), id);
  answer(back, id, 'Half and whole');
  assert.equal((await after.until(id, 'complete')).result?.content, 'Half and whole');
  assert.deepEqual(await nextTold(back), ['chat_received', id]);
  assert.equal(await nextRequest(back), next);
});

test('a relay that is stopped interrupts what a bridge without acceptance was telling', async (t) => {
  const before = await startTestQueue(t);
  const id = await before.ask();
  const bridge = await before.connectJson();
  await nextRequest(bridge);
  bridge.say('chat_chunk', { requestId: id, content: 'Half' });
  await before.until(id, 'running');
  const after = await before.restart();
  assert.equal((await after.until(id, 'interrupted')).result?.content, 'Half');
});

test('a relay that is stopped tells no end of what has none, and a removed bridge keeps nobody waiting', async (t) => {
  const { queue, ask, bridgeId } = await startTestQueue(t);
  const key = { id: await ask(), userId: TEST_USER, bridgeId };
  const followed = await queue.follow(key);
  assert(followed && 'answer' in followed);
  queue.removed(bridgeId);
  await followed.answer.closed;
  followed.release();
  await queue.close();
  await assert.rejects(queue.follow(key), { code: 'shutting_down' });
});

test('asks for an answer again whose end could not be stored, and acknowledges it only then', async (t) => {
  const queue = await startTestQueue(t);
  const id = await queue.ask();
  const bridge = await queue.connectJson();
  await nextRequest(bridge);
  bridge.say('chat_accepted', { requestId: id });
  await queue.until(id, 'running');
  const followed = await queue.queue.follow({ id, userId: TEST_USER, bridgeId: queue.bridgeId });
  assert.ok(followed && 'answer' in followed);
  queue.trouble.isBroken = true;
  answer(bridge, id, 'Whole');
  await followed.answer.closed;
  followed.release();
  queue.trouble.isBroken = false;
  assert.equal(await nextRequest(bridge), id);
  answer(bridge, id, 'Whole');
  assert.deepEqual(await nextTold(bridge), ['chat_received', id]);
  assert.equal((await queue.until(id, 'complete')).result?.content, 'Whole');
});

test('costs no query for a bridge for which nothing waits', async (t) => {
  const queue = await startTestQueue(t);
  const bridge = await queue.connectJson();
  const id = await queue.ask();
  await nextRequest(bridge);
  answer(bridge, id, 'x');
  await nextTold(bridge);
  await pause();
  const { store } = queue.queue;
  const looks = t.mock.method(store, 'next');
  for (let count = 0; count < 5; count++) queue.queue.look(TEST_USER, queue.bridgeId);
  await pause();
  assert.equal(looks.mock.callCount(), 0);
  const next = await queue.ask();
  assert.equal(await nextRequest(bridge), next);
});

test('tells devices of each message that is added, begins and ends', async (t) => {
  const queue = await startTestQueue(t);
  const bridge = await queue.connectJson();
  const id = await queue.ask();
  await nextRequest(bridge);
  answer(bridge, id, 'x');
  await nextTold(bridge);
  const event = { type: 'bridge_message', bridgeId: queue.bridgeId, messageId: id };
  assert.deepEqual(queue.events, [event, event, event]);
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
