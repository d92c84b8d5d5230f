import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeLoad } from '@cloudtolocalllm/protocol';
import { connectBridge, until } from '../limits/test-limits.ts';
import { startTestRelay } from '../test-relay.ts';
import { LoadHistory } from './load-history.ts';

const BEGIN = Date.parse('2025-06-20T16:00:10.000Z');
const MINUTE_MS = 60_000;

/** A history and its clock. */
function history() {
  const clock = { now: BEGIN };
  return { clock, loads: new LoadHistory(() => clock.now) };
}

test('of each minute the last word counts', () => {
  const { clock, loads } = history();
  loads.add('a', 0.1);
  clock.now += 30_000;
  loads.add('a', 0.2);
  clock.now += 30_000;
  loads.add('a', 0.3);
  loads.add('b', 7);
  assert.deepEqual(loads.of('a'), [
    { at: '2025-06-20T16:00:40.000Z', load: 0.2 },
    { at: '2025-06-20T16:01:10.000Z', load: 0.3 },
  ]);
  assert.deepEqual(loads.of('c'), []);
});

test('an hour is remembered and no more, however long a bridge reports', () => {
  const { clock, loads } = history();
  for (let minute = 0; minute < 500; minute++) {
    loads.add('a', minute);
    loads.add('a', minute);
    clock.now += MINUTE_MS;
  }
  assert.deepEqual(
    loads.of('a').map(({ load }) => load),
    Array.from({ length: 59 }, (_, index) => 441 + index),
  );
  clock.now += 59 * MINUTE_MS;
  assert.deepEqual(loads.of('a'), []);
});

test('a bridge that does not know its load, or was removed, has no history', () => {
  const { loads } = history();
  loads.add('a', undefined);
  assert.deepEqual(loads.of('a'), []);
  loads.add('a', 1);
  loads.forget('a');
  assert.deepEqual(loads.of('a'), []);
});

test('what a connected bridge reports is in its history, for its owner alone', async (t) => {
  const relay = await startTestRelay(t);
  const { bridge, bridgeId } = await connectBridge(t, relay, () => {
    throw new Error('Nothing is asked here');
  });
  bridge.say({ type: 'status_update', payload: { ollamaStatus: 'connected', models: [], systemLoad: 0.75 } });
  await until(() => relay.context.links.get(bridgeId)?.report?.systemLoad === 0.75);
  const path = `/api/bridge/${bridgeId}/load`;
  const { samples } = bridgeLoad.parse(await (await relay.call(path)).json());
  assert.equal(samples.at(-1)?.load, 0.75);
  assert.equal((await relay.call(path, { token: await relay.tokenFor('user-second') })).status, 404);
  assert.equal((await relay.call(`/api/bridge/${bridgeId}`, { method: 'DELETE' })).status, 200);
  assert.equal((await relay.call(path)).status, 404);
  assert.deepEqual(relay.context.loads.of(bridgeId), []);
});
