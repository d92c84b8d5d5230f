import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import { makeKey } from '../keys/test-keys.ts';
import { answer, engineBridge } from '../models/test-engine-bridge.ts';
import { startTestRelay } from '../test-relay.ts';

/** Two computers whose engines say which one they are. */
async function twoComputers(t: TestContext) {
  const relay = await startTestRelay(t);
  const first = await engineBridge(relay, (asked) => answer(asked, 200, 'first'), { name: 'first' });
  const second = await engineBridge(relay, (asked) => answer(asked, 200, 'second'), { name: 'second' });
  const order = (...bridgeIds: string[]) => relay.call('/api/bridge/order', { method: 'PUT', body: { bridgeIds } });
  const ask = async () => (await relay.call('/ollama/api/version')).text();
  return { relay, first, second, order, ask };
}

test("asks the first computer in its owner's order, the named one before all", async (t) => {
  const { relay, first, second, order, ask } = await twoComputers(t);
  await order(second.bridgeId, first.bridgeId);
  assert.equal(await ask(), 'second');
  await order(first.bridgeId, second.bridgeId);
  assert.equal(await ask(), 'first');
  const named = await fetch(`${relay.url}/ollama/api/version`, {
    headers: { authorization: `Bearer ${relay.token}`, 'x-bridge-id': second.bridgeId },
  });
  assert.equal(await named.text(), 'second');
});

test('asks the one with the least to do as long as nobody has put them in an order', async (t) => {
  const relay = await startTestRelay(t);
  const busy = await engineBridge(relay, () => {}, { name: 'busy' });
  const running = relay.call('/ollama/api/version');
  while (busy.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await engineBridge(relay, (asked) => answer(asked, 200, 'idle'), { name: 'idle' });
  assert.equal(await (await relay.call('/ollama/api/version')).text(), 'idle');
  answer(busy.asked[0]!, 200, 'done'); // not empty
  assert.equal(await (await running).text(), 'done');
});

test('a key pulls and deletes no models here either; its person may, as far as the bridge allows', async (t) => {
  const { relay, first } = await twoComputers(t);
  const { secret } = await makeKey(relay, { scopes: ['inference'] });
  const narrowed = await relay.tokenFor(relay.context.issuer!.user.id, { scope: 'inference' }); // its own issuer
  for (const [method, path] of [
    ['POST', '/ollama/api/pull'],
    ['POST', '/ollama/api/pull?x=1'],
    ['DELETE', '/ollama/api/delete'],
  ] as const) {
    for (const token of [secret, narrowed]) {
      const response = await relay.call(path, { method, body: { model: 'm' }, token });
      assert.equal(response.status, 403, path);
      const { error, message } = apiError.parse(await response.json());
      assert.equal(error, 'forbidden');
      assert.match(message, /cannot pull or delete models/);
    }
    assert.equal((await relay.call(path, { method, body: { model: 'm' } })).status, 200, path);
  }
  assert.equal((await relay.call('/ollama/api/generate', { method: 'POST', body: {}, token: secret })).status, 200);
  assert.ok(first.asked.length > 0);
});
