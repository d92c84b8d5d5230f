import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
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
      const { error } = (await response.json()) as { error: string }; // as: Ollama's errors
      assert.match(error, /cannot pull or delete models/);
    }
    assert.equal((await relay.call(path, { method, body: { model: 'm' } })).status, 200, path);
  }
  assert.equal((await relay.call('/ollama/api/generate', { method: 'POST', body: {}, token: secret })).status, 200);
  assert.ok(first.asked.length > 0);
});

test('takes the key as x-api-key where engines are spoken to, and nowhere else', async (t) => {
  const { relay } = await twoComputers(t);
  const { secret } = await makeKey(relay, { scopes: ['inference', 'bridges:read'] });
  const ask = (path: string, headers: Record<string, string>) => fetch(relay.url + path, { headers });
  assert.equal((await ask('/v1/other', { 'x-api-key': secret })).status, 200);
  assert.equal((await ask('/ollama/api/version', { 'x-api-key': relay.token })).status, 200);
  assert.equal((await ask('/api/bridge', { 'x-api-key': secret })).status, 401);
  const both = (bearer: string, key: string) =>
    ask('/v1/other', { authorization: `Bearer ${bearer}`, 'x-api-key': key });
  assert.equal((await both(secret, 'another')).status, 200, 'Authorization counts');
  assert.equal((await both('wrong', secret)).status, 401);
  for (const key of ['', 'wrong', 'a b', 'x'.repeat(20_000)]) {
    assert.equal((await ask('/v1/other', { 'x-api-key': key })).status, 401);
  }
});

test('refuses in the dialect of the path, with the headers that say more', async (t) => {
  const { relay } = await twoComputers(t);
  const { secret } = await makeKey(relay, { scopes: ['chat'] });
  const ask = (path: string, headers: Record<string, string> = {}) => fetch(relay.url + path, { headers });
  const message = 'Missing access token: send it as "Authorization: Bearer …"';
  const openai = await ask('/v1/models');
  assert.deepEqual([openai.status, openai.headers.get('www-authenticate')], [401, 'Bearer']);
  assert.deepEqual(await openai.json(), {
    error: { message, type: 'authentication_error', param: null, code: 'unauthorized' },
  });
  for (const path of ['/ollama', '/ollama/api/tags', '/ollama?x=/v1/messages']) {
    assert.deepEqual(await (await ask(path)).json(), { error: message }, path);
  }
  for (const path of ['/v1/messages', '/v1/messages/count_tokens', '/ollama/v1/messages?beta=true']) {
    const response = await ask(path);
    assert.deepEqual(await response.json(), {
      type: 'error',
      error: { type: 'authentication_error', message },
      request_id: response.headers.get('x-request-id'),
    });
  }
  const forbidden = await ask('/v1/models', { authorization: `Bearer ${secret}` });
  const { error } = (await forbidden.json()) as { error: { type: string } }; // as: OpenAI's errors
  assert.deepEqual([forbidden.status, error.type], [403, 'permission_error']);
  for (const path of ['/v1/%zz', '/ollama/%zz']) {
    const refused = (await (await ask(path)).json()) as { error: unknown; code?: number }; // as: an error
    assert.equal(refused.code, undefined, `${path} is not in the specification's format`);
  }
  assert.equal((await ask('/v1x')).status, 404);
});
