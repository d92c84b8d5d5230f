import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { apiError, auditList, CLOSE, registerBridgeResponse } from '@cloudtolocalllm/protocol';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { SESSION_TOKEN_SECONDS, sessionTokens } from './session-token.ts';
import { TestBridge } from './test-bridge.ts';

const CLIENT = { clientId: 'desktop', platform: 'linux', version: '3.6.2', capabilities: ['streaming'] };

async function register({ call }: TestRelay, body: object = CLIENT) {
  const response = await call('/api/bridge/register', { method: 'POST', body });
  assert.equal(response.status, 200);
  return registerBridgeResponse.parse(await response.json());
}

/** A session token of this bridge that ends in so many milliseconds, signed with the relay's own secret. */
async function shortToken({ context }: TestRelay, bridgeId: string, milliseconds: number): Promise<string> {
  const { kysely } = context.database;
  const now = () => Date.now() - SESSION_TOKEN_SECONDS * 1000 + milliseconds;
  const issuer = await sessionTokens({ kysely, settings: context.settings, now });
  return issuer.issue({ id: bridgeId, user_id: context.issuer!.user.id, token_version: 1 }); // embedded in tests
}

/** What an upgrade request is refused with. */
async function refusedUpgrade(websocket: string, token: string) {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    authorization: `Bearer ${token}`,
  };
  const outgoing = request(websocket.replace('ws:', 'http:'), { headers }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode, error: apiError.parse(JSON.parse(await text(response))).error };
}

async function events({ call }: TestRelay, target: string) {
  const list = auditList.parse(await (await call('/api/audit')).json());
  const told = list.events.filter((event) => event.target === target);
  return told.map(({ action, note, address }) => ({ action, note, address })).toReversed();
}

test(
  'a bridge that sends a newer token before its own ends stays connected, without a new socket',
  { timeout: 20_000 },
  async (t) => {
    const relay = await startTestRelay(t);
    const { bridgeId, endpoints, sessionToken } = await register(relay);
    const other = await register(relay, { ...CLIENT, clientId: 'another' });
    const [renewing, lapsing] = [new TestBridge(), new TestBridge()];
    await renewing.connect(endpoints.websocket, await shortToken(relay, bridgeId, 2_500));
    await lapsing.connect(other.endpoints.websocket, await shortToken(relay, other.bridgeId, 2_500));
    const { socket } = renewing;
    renewing.say({ type: 'authenticate', payload: { token: sessionToken } });
    assert.equal((await lapsing.closed)?.code, CLOSE.unauthorized);
    assert.equal(relay.context.links.get(bridgeId)?.connected, true);
    assert.equal(renewing.socket, socket);
    assert.equal(socket?.readyState, socket?.OPEN);
    await renewing.cut();
  },
);

test(
  'removing a bridge closes its socket at once, and its token opens nothing any more',
  { timeout: 20_000 },
  async (t) => {
    const relay = await startTestRelay(t);
    const { bridgeId, endpoints, sessionToken } = await register(relay);
    const bystander = await register(relay, { ...CLIENT, clientId: 'another' });
    const [bridge, other] = [new TestBridge(), new TestBridge()];
    await bridge.connect(endpoints.websocket, sessionToken);
    await other.connect(bystander.endpoints.websocket, bystander.sessionToken);
    assert.equal((await relay.call(`/api/bridge/${bridgeId}`, { method: 'DELETE' })).status, 200);
    assert.equal((await bridge.closed)?.code, CLOSE.deleted);
    assert.deepEqual(await refusedUpgrade(endpoints.websocket, sessionToken), { status: 401, error: 'unauthorized' });
    // Nor on the socket of another bridge of the same person.
    other.say({ type: 'authenticate', payload: { token: sessionToken } });
    assert.equal((await other.closed)?.code, CLOSE.unauthorized);
    // Registered anew it is another bridge.
    const again = await register(relay);
    assert.notEqual(again.bridgeId, bridgeId);
    assert.equal((await refusedUpgrade(again.endpoints.websocket, sessionToken)).status, 401);
  },
);

test(
  'a bridge that is removed while it is cut off cannot take its session up again',
  { timeout: 20_000 },
  async (t) => {
    const relay = await startTestRelay(t);
    const { bridgeId, endpoints, sessionToken } = await register(relay);
    const bridge = new TestBridge();
    await bridge.connect(endpoints.websocket, sessionToken);
    await bridge.cut();
    assert.equal((await relay.call(`/api/bridge/${bridgeId}`, { method: 'DELETE' })).status, 200);
    await assert.rejects(bridge.connect(endpoints.websocket, sessionToken), /401/);
    const again = await register(relay);
    const { resumed } = await bridge.connect(again.endpoints.websocket, again.sessionToken);
    assert.equal(resumed, false);
    await bridge.cut();
  },
);

test('the audit log tells of a bridge that is new, has changed or was removed, and not of its daily renewal', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId } = await register(relay);
  await register(relay);
  await register(relay, { ...CLIENT, name: 'studio-pc' });
  await register(relay, { ...CLIENT, name: 'studio-pc' });
  assert.equal((await relay.call(`/api/bridge/${bridgeId}`, { method: 'DELETE' })).status, 200);
  const address = '127.0.0.1';
  assert.deepEqual(await events(relay, bridgeId), [
    { action: 'bridge_registered', note: 'linux (linux, 3.6.2)', address },
    { action: 'bridge_registered', note: 'studio-pc (linux, 3.6.2)', address },
    { action: 'bridge_revoked', note: 'studio-pc (linux, 3.6.2)', address },
  ]);
});

test('a bridge whose owner was taken off the list of those who may enter is refused', async (t) => {
  const relay = await startTestRelay(t);
  const { bridgeId, endpoints } = await register(relay);
  // As after a restart with another AUTH_ALLOW: the same database, the same secret.
  const { database } = relay.context;
  const auth = { ...relay.context.config.auth, allow: ['somebody-else'] };
  const restarted = await startTestRelay(t, { database, config: { auth } });
  const token = await shortToken(restarted, bridgeId, 60_000);
  const there = endpoints.websocket.replace(new URL(relay.url).host, new URL(restarted.url).host);
  assert.deepEqual(await refusedUpgrade(there, token), { status: 403, error: 'forbidden' });
});
