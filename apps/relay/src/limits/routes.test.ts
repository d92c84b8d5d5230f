import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsInUse } from '@cloudtolocalllm/protocol';
import { TestDevice } from '../realtime/test-device.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { connectBridge, countOf, limitsWith } from './test-limits.ts';

async function read({ call }: TestRelay, token?: string) {
  const response = await call('/api/me/limits', token === undefined ? {} : { token });
  assert.equal(response.status, 200);
  return { limits: limitsInUse.parse(await response.json()), counted: countOf(response) };
}

test('a person sees what is left of their requests, and asking takes one of them', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ userPerHour: 10 }) } });
  const first = await read(relay);
  assert.deepEqual([first.limits.requests.limit, first.limits.requests.remaining], [10, 9]);
  assert.equal(first.limits.requests.remaining, first.counted?.remaining);
  const second = await read(relay);
  assert.equal(second.limits.requests.remaining, 8);
  assert.equal(second.limits.requests.reset, first.limits.requests.reset);
  const other = await read(relay, await relay.tokenFor('user-second'));
  assert.equal(other.limits.requests.remaining, 9, 'each has their own');
});

test('open streams and sockets are counted as they come and go', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ streamsPerUser: 7, socketsPerUser: 3 }) } });
  const userId = relay.context.issuer!.user.id;
  const device = await TestDevice.connect(`${relay.url}/ws/status/${userId}`, relay.token);
  await device.until('ready');
  const stream = relay.context.limits.streams.take(userId);
  const busy = await read(relay);
  assert.deepEqual(busy.limits.streams, { limit: 7, running: 1 });
  assert.deepEqual(busy.limits.sockets, { limit: 3, open: 1 });
  const other = await read(relay, await relay.tokenFor('user-second'));
  assert.deepEqual([other.limits.streams.running, other.limits.sockets.open], [0, 0]);
  stream[Symbol.dispose]();
  assert.equal((await read(relay)).limits.streams.running, 0);
  device.socket.terminate();
});

test('each computer has what is left of its own, and looking takes nothing of it', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ bridgePerHour: 5 }) } });
  const body = { clientId: 'never-connected', platform: 'linux', version: '1' };
  await relay.call('/api/bridge/register', { method: 'POST', body });
  const { bridgeId } = await connectBridge(t, relay, () => {
    throw new Error('Nothing is asked here');
  });
  for (let look = 0; look < 3; look++) {
    const { bridges } = (await read(relay)).limits;
    assert.equal(bridges.length, 2);
    for (const bridge of bridges) {
      const isUsed = bridge.bridgeId === bridgeId;
      // Its socket was one.
      assert.deepEqual([bridge.limit, bridge.remaining], [5, isUsed ? 4 : 5]);
      assert.equal(bridge.reset === null, !isUsed);
    }
  }
  assert.deepEqual((await read(relay, await relay.tokenFor('user-second'))).limits.bridges, []);
});

test('what is used up is never less than nothing', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ bridgePerHour: 1 }) } });
  const { limits } = relay.context;
  for (let request = 0; request < 3; request++) await limits.chargeBridgeSocket('a').catch(() => {});
  const { remaining, reset } = await limits.ofBridge('a');
  assert.equal(remaining, 0);
  assert.ok(reset !== null);
});
