import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type ChatEvent, REALTIME_CLOSE } from '@cloudtolocalllm/protocol';
import { FULL_RIGHTS, type User } from '../accounts/rights.ts';
import { RelayError } from '../errors.ts';
import { until } from '../limits/test-limits.ts';
import { bridgeNumber } from './test-changes.ts';
import type { TestDevice } from './test-device.ts';
import { ADA, PlayedAnswer, startHub } from './test-realtime-hub.ts';

async function numbers(device: TestDevice, count: number): Promise<number[]> {
  const read: number[] = [];
  while (read.length < count) read.push(bridgeNumber(await device.next()));
  return read;
}

describe('RealtimeHub', () => {
  it('tells all devices of a person the same, in order', async (t) => {
    const { connect, change } = await startHub(t);
    const devices = [await connect(), await connect()];
    for (const device of devices) assert.deepEqual((await device.until('ready')).payload, { missed: false });
    for (let index = 0; index < 5; index++) change();
    for (const device of devices) assert.deepEqual(await numbers(device, 5), [1, 2, 3, 4, 5]);
    assert.deepEqual(devices[0]?.told.slice(1), devices[1]?.told.slice(1));
  });

  it('goes on after the event that a device saw last', async (t) => {
    const { hub, connect, change } = await startHub(t);
    const device = await connect();
    await device.until('ready');
    change();
    const { id } = await device.next();
    device.socket.terminate();
    await until(() => hub.size === 0);
    change();
    change();
    const again = await connect(`/status?after=${id}`);
    const ready = await again.until('ready');
    assert.deepEqual({ id: ready.id, payload: ready.payload }, { id, payload: { missed: false } });
    assert.deepEqual(await numbers(again, 2), [2, 3]);

    const byMessage = await connect();
    await byMessage.until('ready');
    byMessage.say({ type: 'resume', payload: { after: id } });
    assert.deepEqual((await byMessage.until('ready')).payload, { missed: false });
    assert.deepEqual(await numbers(byMessage, 2), [2, 3]);
  });

  it('says that something was missed when it is no longer kept, and goes on from there', async (t) => {
    const { connect, change } = await startHub(t, { limits: { ringEntries: 2 } });
    const device = await connect();
    const { id = '' } = await device.until('ready');
    for (let index = 0; index < 4; index++) change();
    await numbers(device, 4);
    for (const after of [id, 'garbage', `${id}0`, '\u{1f600}']) {
      const again = await connect(`/status?after=${encodeURIComponent(after)}`);
      const ready = await again.until('ready');
      assert.deepEqual(ready.payload, { missed: true }, after);
      assert.equal(ready.id, device.told.at(-1)?.id);
    }
    const current = await connect();
    await current.until('ready');
    change();
    assert.deepEqual(await numbers(current, 1), [5]);
  });

  it('tells an answer from its start to its end, and to who comes late all of it so far', async (t) => {
    const { running, connect } = await startHub(t);
    const answer = new PlayedAnswer();
    running.push(answer);
    const early = await connect('/chat');
    await early.until('ready');
    assert.equal((await early.until('chat_event')).payload.event.type, 'start');
    answer.say('Hello');
    answer.say(' world');
    const late = await connect('/chat');
    await late.until('ready');
    const { event } = (await late.until('chat_event')).payload;
    assert.deepEqual(event, { type: 'replace', messageId: answer.key.messageId, content: 'Hello world', seq: 3 });
    answer.say('!');
    answer.end();
    for (const device of [early, late])
      await device.until('chat_event', ({ payload }) => payload.event.type === 'complete');
    const eventsOf = ({ told }: TestDevice) =>
      told.flatMap((told) => (told.type === 'chat_event' ? [told.payload.event] : []));
    assert.deepEqual(
      eventsOf(early).map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    );
    assert.deepEqual(eventsOf(late).slice(1), eventsOf(early).slice(-2));
    await until(() => answer.listeners.size === 0);
  });

  it('goes over to more of an answer whose end a device has yet to read', async (t) => {
    const limits = { bufferedBytes: 64 * 1024 };
    const answer = new PlayedAnswer();
    const more = new PlayedAnswer(answer.key);
    const { conversationId, messageId } = answer.key;
    const created = '2026-01-01T00:00:00.000Z';
    const message = {
      id: messageId,
      role: 'assistant',
      content: '',
      status: 'loading',
      created,
      parentId: null,
    } as const;
    const { devices, running, events, connect } = await startHub(t, {
      limits,
      read: async () => ({ type: 'message', payload: { conversationId, message } }),
      generations: { find: () => more, runningIn: () => running },
    });
    running.push(answer);
    const device = await connect('/chat');
    await device.until('chat_event');
    device.socket.pause();
    const isFull = () => devices.some(({ bufferedBytes }) => bufferedBytes >= limits.bufferedBytes);
    while (!isFull()) {
      answer.say('x'.repeat(10_000));
      await setImmediate();
    }
    answer.end();
    more.say('and more');
    events.publish('ada', { type: 'message', conversationId, messageId });
    await setImmediate();
    device.socket.resume();
    const isOfMore = ({ payload: { event } }: { payload: { event: ChatEvent } }) =>
      event.type === 'replace' && event.content === 'and more';
    await device.until('chat_event', isOfMore);
    more.end();
    await device.until('chat_event', ({ payload }) => payload.event.type === 'complete');
  });

  it('closes a device that does not read, and holds no more for it than the limit and one message', async (t) => {
    const limits = { bufferedBytes: 64 * 1024, stalledMs: 1_000 };
    const { hub, devices, running, connect } = await startHub(t, { limits });
    const answer = new PlayedAnswer();
    running.push(answer);
    const [slow, quick] = [await connect('/chat'), await connect('/chat')];
    for (const device of [slow, quick]) await device.until('chat_event');
    slow.socket.pause();
    const chunk = 'x'.repeat(10_000);
    const total = 1_000;
    for (let sent = 0; sent < total; sent++) {
      answer.say(chunk);
      await setImmediate();
      for (const { bufferedBytes } of devices) assert.ok(bufferedBytes < limits.bufferedBytes + 2 * chunk.length);
    }
    answer.end();
    await quick.until('chat_event', ({ payload }) => payload.event.type === 'complete');
    const text = quick.told.flatMap((told) =>
      told.type === 'chat_event' && told.payload.event.type === 'chunk' ? [told.payload.event.content] : [],
    );
    assert.equal(text.join('').length, total * chunk.length);
    assert.equal(hub.size, 2);
    await hub.look(performance.now() + limits.stalledMs);
    assert.equal(hub.size, 1);
    slow.socket.resume();
    assert.ok([REALTIME_CLOSE.slowConsumer, 1006].includes(await slow.closed));
    assert.equal(quick.socket.readyState, quick.socket.OPEN);
  });

  it('closes a device that falls behind what is kept of changes', async (t) => {
    const long = { type: 'bridge_removed', payload: { bridgeId: 'x'.repeat(200_000) } } as const;
    const limits = { bufferedBytes: 64 * 1024, ringEntries: 5 };
    const { hub, connect, change } = await startHub(t, { limits, read: async () => long });
    const device = await connect();
    await device.until('ready');
    device.socket.pause();
    for (let told = 0; told < 1_000 && hub.size > 0; told++) {
      change();
      await setImmediate();
    }
    assert.equal(hub.size, 0);
  });

  it('closes a device when its token is over unless it has sent a newer one', async (t) => {
    const valid = new Set(['token', 'newer']);
    const authenticate = async (token: string): Promise<User> => {
      if (!valid.has(token)) throw new RelayError('unauthorized', 'Invalid or expired token');
      return ADA;
    };
    const { hub, connect } = await startHub(t, { authenticate });
    const [kept, ended] = [await connect(), await connect()];
    for (const device of [kept, ended]) await device.until('ready');
    await hub.look(performance.now());
    assert.equal(hub.size, 2);
    kept.say({ type: 'authenticate', payload: { token: 'newer' } });
    await kept.until('ready');
    valid.delete('token');
    await hub.look(performance.now());
    assert.equal(await ended.closed, REALTIME_CLOSE.unauthorized);
    assert.equal(hub.size, 1);
    kept.say({ type: 'authenticate', payload: { token: 'forged' } });
    assert.equal(await kept.closed, REALTIME_CLOSE.unauthorized);
  });

  it("takes no token of another person's, and keeps a device while nobody can say whether its token is good", async (t) => {
    let answer = async (): Promise<User> => ADA;
    const { hub, connect } = await startHub(t, { authenticate: () => answer() });
    const device = await connect();
    await device.until('ready');
    answer = async () => {
      throw new RelayError('sign_in_unavailable', 'The issuer is away');
    };
    await hub.look(performance.now());
    assert.equal(hub.size, 1);
    answer = async () => ({ ...ADA, id: 'bob' });
    device.say({ type: 'authenticate', payload: { token: "bob's" } });
    assert.equal(await device.closed, REALTIME_CLOSE.unauthorized);
  });

  it('tells only what its token still allows', async (t) => {
    let rights = FULL_RIGHTS;
    const { hub, connect, change } = await startHub(t, { authenticate: async () => ({ ...ADA, rights }) });
    const device = await connect();
    await device.until('ready');
    rights = new Set(['chat']);
    await hub.look(performance.now());
    change();
    device.say({ type: 'resume', payload: { after: 'x' } });
    assert.equal((await device.next()).type, 'ready');
  });

  for (const [what, message] of [
    ['no JSON', '{'],
    ['no object', 'null'],
    ['no type', '{}'],
    ['bytes', Buffer.from('{"type":"resume"}')],
    ['a message without what it needs', { type: 'authenticate', payload: {} }],
  ] as const) {
    it(`closes a device that sends ${what}`, async (t) => {
      const { connect } = await startHub(t);
      const device = await connect();
      device.say(message);
      assert.equal(await device.closed, REALTIME_CLOSE.protocolError);
    });
  }

  it('closes a device whose message is too long, or that sends too many', async (t) => {
    const { connect } = await startHub(t);
    const [long, many, pings] = [await connect(), await connect(), await connect()];
    long.say(JSON.stringify({ type: 'later', payload: 'x'.repeat(17_000) }));
    assert.equal(await long.closed, 1009);
    for (let index = 0; index < 50; index++) many.say({ type: 'later' });
    assert.equal(await many.closed, REALTIME_CLOSE.protocolError);
    for (let index = 0; index < 50; index++) pings.socket.ping();
    assert.equal(await pings.closed, REALTIME_CLOSE.protocolError);
  });

  it('ignores messages of later versions, and answers pings', async (t) => {
    const { connect, change } = await startHub(t);
    const device = await connect();
    await device.until('ready');
    device.say({ type: 'later', payload: 1 });
    device.socket.ping('here?');
    const [pong] = (await once(device.socket, 'pong')) as [Buffer]; // as: what ws passes
    assert.equal(pong.toString(), 'here?');
    change();
    assert.deepEqual(await numbers(device, 1), [1]);
  });

  it('tells devices that the relay restarts, also those that come after', async (t) => {
    const { hub, connect } = await startHub(t);
    const device = await connect();
    await device.until('ready');
    hub[Symbol.dispose]();
    assert.equal(await device.closed, REALTIME_CLOSE.restarting);
    const late = await connect();
    assert.equal(await late.closed, REALTIME_CLOSE.restarting);
    assert.equal(hub.size, 0);
  });
});
