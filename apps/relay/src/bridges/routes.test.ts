import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiError, bridgeList, bridgeStatus, registerBridgeResponse } from '@cloudtolocalllm/protocol';
import { type TestRelay, startTestRelay } from '../test-relay.ts';

const CLIENT = {
  clientId: 'desktop-client-uuid',
  platform: 'linux',
  version: '3.6.2',
  capabilities: ['ollama', 'streaming', 'tray'],
};

async function register({ call }: TestRelay, body: unknown = CLIENT) {
  const response = await call('/api/bridge/register', { method: 'POST', body });
  assert.equal(response.status, 200);
  return registerBridgeResponse.parse(await response.json());
}

test('registering is idempotent per user and client', async (t) => {
  const relay = await startTestRelay(t);
  const first = await register(relay);
  const { context, url } = relay;
  assert.equal(first.endpoints.websocket, `${url.replace('http', 'ws')}/ws/bridge/${first.bridgeId}`);
  assert.equal(first.endpoints.status, `/api/bridge/${first.bridgeId}/status`);
  const again = await register(relay, { ...CLIENT, version: '3.7.0', name: 'studio-pc' });
  assert.equal(again.bridgeId, first.bridgeId);
  const other = await register(relay, { ...CLIENT, clientId: 'another' });
  assert.notEqual(other.bridgeId, first.bridgeId);

  const { bridges } = bridgeList.parse(await (await relay.call('/api/bridge')).json());
  assert.deepEqual(
    bridges.map(({ bridgeId, name, client }) => [bridgeId, name, client.version]),
    [
      [first.bridgeId, 'studio-pc', '3.7.0'],
      [other.bridgeId, 'linux', '3.6.2'],
    ],
  );
  // Both tokens are good: a bridge that registers anew may still be connected with the old one.
  for (const { sessionToken } of [first, again]) {
    const session = await context.sessionTokens.verify(sessionToken);
    assert.equal(session.bridgeId, first.bridgeId);
    assert.equal(session.userId, context.issuer?.user.id);
    assert.deepEqual(session.capabilities, CLIENT.capabilities);
  }
});

test('a bridge that never connected is disconnected, and keeps its last report', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId, endpoints } = await register(relay);
  const fresh = bridgeStatus.parse(await (await relay.call(endpoints.status)).json());
  assert.deepEqual(fresh, {
    bridgeId,
    name: 'linux',
    status: 'disconnected',
    lastSeen: null,
    client: { platform: 'linux', version: '3.6.2', ollamaStatus: 'disconnected', models: [] },
  });
  const lastSeen = new Date('2026-01-02T03:04:05.678Z');
  const { database, bridges } = relay.context;
  await database.batch([bridges.reported(bridgeId, lastSeen, { ollamaStatus: 'connected', models: ['llama3.2:1b'] })]);
  const later = bridgeStatus.parse(await (await relay.call(endpoints.status)).json());
  assert.equal(later.lastSeen, lastSeen.toISOString());
  assert.deepEqual(
    [later.status, later.client.ollamaStatus, later.client.models],
    ['disconnected', 'connected', ['llama3.2:1b']],
  );
});

test("another user's bridge is not found, and stays", async (t) => {
  const relay = await startTestRelay(t);
  const { context } = relay;
  await context.users.ensure({ id: 'user-other', name: 'Other' });
  const theirs = await context.bridges.register('user-other', CLIENT);
  const unknown = `bridge-${crypto.randomUUID()}`;
  for (const id of [theirs.id, unknown]) {
    for (const [method, path] of [
      ['GET', `/api/bridge/${id}/status`],
      ['DELETE', `/api/bridge/${id}`],
    ] as const) {
      const response = await relay.call(path, { method });
      assert.equal(response.status, 404);
      assert.equal(apiError.parse(await response.json()).message, `You have no bridge "${id}"`);
    }
  }
  assert.ok(await context.bridges.find('user-other', theirs.id));
  assert.notEqual((await register(relay)).bridgeId, theirs.id);
});

test('removing a bridge makes its session tokens worthless', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId, sessionToken } = await register(relay);
  const response = await relay.call(`/api/bridge/${bridgeId}`, { method: 'DELETE' });
  assert.equal(response.status, 200);
  await assert.rejects(relay.context.sessionTokens.verify(sessionToken), { code: 'unauthorized' });
  assert.equal((await relay.call(`/api/bridge/${bridgeId}`, { method: 'DELETE' })).status, 404);
  assert.notEqual((await register(relay)).bridgeId, bridgeId);
});

test('names the fields that are wrong', async (t) => {
  const { call } = await startTestRelay(t);
  const response = await call('/api/bridge/register', { method: 'POST', body: { clientId: '', platform: 'linux' } });
  assert.equal(response.status, 400);
  const { error, details } = apiError.parse(await response.json());
  assert.equal(error, 'validation_failed');
  assert.deepEqual(Object.keys(details ?? {}), ['clientId', 'version']);
});
