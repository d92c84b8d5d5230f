import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { apiError, auditList, bridgeList, bridgeStatus, registerBridgeResponse } from '@cloudtolocalllm/protocol';
import type { UserEvent } from '../fabric/user-events.ts';
import { type TestRelay, startTestRelay } from '../test-relay.ts';
import { BridgeConnection } from './bridge-connection.ts';
import { TestBridge } from './test-bridge.ts';

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
    priority: 0,
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
      ['PATCH', `/api/bridge/${id}`],
    ] as const) {
      const response = await relay.call(path, { method, ...(method === 'PATCH' && { body: { name: 'mine' } }) });
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

/** Ids and names as they are listed. */
async function listed({ call }: TestRelay): Promise<[string, string][]> {
  const { bridges } = bridgeList.parse(await (await call('/api/bridge')).json());
  return bridges.map(({ bridgeId, name }) => [bridgeId, name]);
}

/** Three bridges: a, b and c, and what devices are told from here on. */
async function threeBridges(t: TestContext) {
  const relay = await startTestRelay(t);
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    ids.push((await register(relay, { ...CLIENT, clientId: name, name })).bridgeId);
  }
  const userId = relay.context.issuer?.user.id ?? '';
  const told: UserEvent[] = [];
  const listening = relay.context.events.subscribe(userId, (event) => told.push(event));
  t.after(() => listening[Symbol.dispose]());
  const order = (bridgeIds: string[]) => relay.call('/api/bridge/order', { method: 'PUT', body: { bridgeIds } });
  return { relay, told, order, ids: ids as [string, string, string] };
}

test('the name that its owner gives a bridge stays, and is known at once', async (t) => {
  const { relay, told, ids } = await threeBridges(t);
  const [id] = ids;
  const response = await relay.call(`/api/bridge/${id}`, { method: 'PATCH', body: { name: '  Study ' } });
  assert.equal(bridgeStatus.parse(await response.json()).name, 'Study');
  assert.deepEqual(told, [{ type: 'bridge', bridgeId: id }]);
  const again = await register(relay, { ...CLIENT, clientId: 'a', name: 'a', version: '4.0.0' });
  assert.equal(again.bridgeId, id);
  assert.deepEqual((await listed(relay))[0], [id, 'Study']);
  assert.equal((await relay.context.sessionTokens.verify(again.sessionToken)).name, 'Study');
  const { events } = auditList.parse(await (await relay.call('/api/audit')).json());
  assert.equal(events.find(({ action }) => action === 'bridge_renamed')?.note, 'a -> Study');
});

test('a connected bridge goes by its new name and place without connecting anew', async (t) => {
  const { relay, ids, order } = await threeBridges(t);
  const { sessionToken } = await register(relay, { ...CLIENT, clientId: 'c', name: 'c' });
  const bridge = new TestBridge();
  await bridge.connect(`${relay.url.replace('http', 'ws')}/ws/bridge/${ids[2]}`, sessionToken);
  t.after(() => bridge.cut());
  const link = (): { name: string; priority: number } => {
    const [found] = relay.context.links.ofUser(relay.context.issuer?.user.id ?? '');
    assert.ok(found instanceof BridgeConnection);
    return { name: found.identity.name, priority: found.priority };
  };
  assert.deepEqual(link(), { name: 'c', priority: 0 });
  await relay.call(`/api/bridge/${ids[2]}`, { method: 'PATCH', body: { name: 'Laptop' } });
  await order([ids[1], ids[2]]);
  assert.deepEqual(link(), { name: 'Laptop', priority: 1 });
});

test('bridges are in the order of their owner; those that are not named come after, new ones last', async (t) => {
  const { relay, told, ids, order } = await threeBridges(t);
  const [a, b, c] = ids;
  const names = async () => (await listed(relay)).map(([, name]) => name);
  assert.deepEqual(await names(), ['a', 'b', 'c']);
  const response = await order([c, c]);
  const { bridges } = bridgeList.parse(await response.json());
  assert.deepEqual(
    bridges.map(({ name, priority }) => [name, priority]),
    [
      ['c', 0],
      ['a', 1],
      ['b', 2],
    ],
  );
  assert.deepEqual(
    told.map((event) => 'bridgeId' in event && event.bridgeId),
    [a, b],
    'c had the first place already',
  );
  await register(relay, { ...CLIENT, clientId: 'd', name: 'd' });
  assert.deepEqual(await names(), ['c', 'a', 'b', 'd']);
  await relay.call(`/api/bridge/${c}`, { method: 'DELETE' });
  assert.deepEqual(told.at(-1), { type: 'bridge_removed', bridgeId: c });
  await register(relay, { ...CLIENT, clientId: 'e', name: 'e' });
  assert.deepEqual(await names(), ['a', 'b', 'd', 'e']);
});

test('an order with a bridge that is not there changes nothing', async (t) => {
  const { relay, told, ids, order } = await threeBridges(t);
  await relay.context.users.ensure({ id: 'user-other', name: 'Other' });
  const theirs = await relay.context.bridges.register('user-other', CLIENT);
  const before = await listed(relay);
  for (const stranger of [theirs.id, `bridge-${crypto.randomUUID()}`]) {
    const response = await order([ids[2], stranger]);
    assert.equal(response.status, 404);
    assert.equal(apiError.parse(await response.json()).message, `You have no bridge "${stranger}"`);
  }
  assert.equal((await order([])).status, 400);
  assert.deepEqual(await listed(relay), before);
  assert.deepEqual(told, []);
});
