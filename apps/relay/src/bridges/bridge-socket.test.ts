import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import { WebSocket } from 'ws';
import { startTestHub } from './test-hub.ts';

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': Buffer.alloc(16).toString('base64'),
};

/** The HTTP answer to an upgrade request that is refused. */
async function refusal(port: number, path: string, headers: Record<string, string> = {}) {
  const outgoing = request({ port, path, headers: { ...UPGRADE, ...headers } }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode, error: apiError.parse(JSON.parse(await text(response))) };
}

test('takes the token from the header or from the subprotocols, of which one is echoed', async (t) => {
  const { admit, url, hub } = await startTestHub(t);
  const byHeader = admit();
  const first = new WebSocket(url(byHeader.bridgeId), { headers: { authorization: `bearer ${byHeader.token}` } });
  await once(first, 'open');
  assert.equal(first.protocol, '');
  assert.equal(first.extensions, '');

  const byProtocol = admit({ streaming: false });
  const second = new WebSocket(url(byProtocol.bridgeId), ['c2l.v1', `bearer.${byProtocol.token}`]);
  await once(second, 'open');
  assert.equal(second.protocol, 'c2l.v1');
  assert.equal(hub.connectedCount, 1, 'the streaming one has not said HELLO');
});

test('refuses before the upgrade, in the error format', async (t) => {
  const { admit, port } = await startTestHub(t);
  const { token, bridgeId } = admit();
  const path = `/ws/bridge/${bridgeId}`;
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
  const cases: [name: string, path: string, headers: Record<string, string>, status: number][] = [
    ['no token', path, {}, 401],
    ['a garbage token', path, bearer('garbage'), 401],
    ['a token of 9000 bytes', path, bearer('x'.repeat(9000)), 401],
    ['another scheme', path, { authorization: `Basic ${token}` }, 401],
    ['a subprotocol without token', path, { 'sec-websocket-protocol': 'c2l.v1, bearer.' }, 401],
    ['the token in the URL', `${path}?token=${token}&access_token=${token}`, {}, 401],
    ['the id of another bridge', `/ws/bridge/${admit().bridgeId}`, bearer(token), 404],
    ['no id', '/ws/bridge/', bearer(token), 404],
    ['no bridge id', '/ws/bridge/../../etc', bearer(token), 404],
    ['an id with more behind it', `${path}/more`, bearer(token), 404],
    ['another WebSocket', '/ws/nothing', bearer(token), 404],
    ['a foreign origin', path, { ...bearer(token), origin: 'https://evil.example' }, 403],
    ['the origin null', path, { ...bearer(token), origin: 'null' }, 403],
    ['another version', path, { ...bearer(token), 'sec-websocket-version': '7' }, 400],
    ['a key that is none', path, { ...bearer(token), 'sec-websocket-key': 'short' }, 400],
    ['subprotocols that are none', path, { ...bearer(token), 'sec-websocket-protocol': 'a b' }, 400],
  ];
  for (const [name, at, headers, status] of cases) {
    await t.test(name, async () => {
      const answer = await refusal(port, at, headers);
      assert.equal(answer.status, status);
      assert.equal(answer.error.code, status);
      assert.doesNotMatch(answer.error.message, new RegExp(token));
    });
  }
});

test("lets the relay's own origin in", async (t) => {
  const { admit, url } = await startTestHub(t);
  const { token, bridgeId } = admit();
  const socket = new WebSocket(url(bridgeId), ['c2l.v1', `bearer.${token}`], { origin: 'https://relay.example' });
  await once(socket, 'open');
});

test('refuses while it drains', async (t) => {
  const { admit, port, hub } = await startTestHub(t);
  const { token, bridgeId } = admit();
  await hub.drain(AbortSignal.timeout(0));
  const { status, error } = await refusal(port, `/ws/bridge/${bridgeId}`, { authorization: `Bearer ${token}` });
  assert.equal(status, 503);
  assert.equal(error.error, 'shutting_down');
});

test('does not keep the socket of a refused client that never closes its end', async (t) => {
  const { port, hub } = await startTestHub(t);
  assert.equal(hub.connectedCount, 0);
  const socket = connectTcp({ port, allowHalfOpen: true });
  socket.on('error', () => {});
  const headers = Object.entries({ host: 'relay', ...UPGRADE }).map(([name, value]) => `${name}: ${value}`);
  socket.write(['GET /ws/bridge/x HTTP/1.1', ...headers, '', ''].join('\r\n'));
  const closed = new Promise((resolve) => socket.once('close', resolve)); // `once` would reject on the reset before it
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 404 /);
  // A socket that is only half closed would take this for ever.
  const writing = setInterval(() => socket.resume().write('x'), 5);
  await closed;
  clearInterval(writing);
});

test('answers a request with an upgrade that is none of ours as if it had not asked for it', async (t) => {
  const { port } = await startTestHub(t, { extend: (app) => void app.get('/hello', async () => 'hello') });
  const outgoing = request({
    port,
    path: '/hello',
    headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' },
  }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  assert.equal(await text(response), 'hello');
});
