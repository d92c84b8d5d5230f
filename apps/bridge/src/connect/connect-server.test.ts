import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Account } from '../account.ts';
import { CONNECT_HEADER } from './connect-mark.ts';
import { ConnectServer } from './connect-server.ts';
import { RelayWay } from './relay-way.ts';

/** `connect` with what answers as its relay. */
async function start(t: TestContext, relay: RequestListener) {
  const server = createServer(relay).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = new Account('/nowhere', {
    relay: address,
    clientId: 'c',
    issuer: address,
    oidcClientId: 'b',
    accessToken: 'the-token',
    accessTokenExpires: Date.now() + 3_600_000,
  });
  const way = new RelayWay({ account, bridge: undefined });
  const here = await ConnectServer.listen({ way, host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await here[Symbol.asyncDispose]();
    way[Symbol.dispose]();
    server.closeAllConnections();
    server.close();
  });
  return { url: here.url };
}

test("sends the account's token and what engines read, and nothing else of the local program's", async (t) => {
  const asked: IncomingMessage[] = [];
  const { url } = await start(t, (incoming, response) => {
    asked.push(incoming);
    response.setHeader('set-cookie', 'a=b').setHeader('location', '/x').setHeader('content-type', 'text/x');
    response.end('ok');
  });
  const headers = {
    authorization: 'Bearer local-key',
    'x-api-key': 'local-key',
    cookie: 'session=1',
    origin: 'http://localhost:3000',
    'x-bridge-id': 'bridge-other',
    'x-forwarded-for': '192.0.2.1',
    'anthropic-version': '2023-06-01',
    'accept-encoding': 'gzip',
  };
  const response = await fetch(`${url}/api/tags?x=1`, { headers });
  assert.equal(await response.text(), 'ok');
  for (const name of ['set-cookie', 'location']) assert.equal(response.headers.get(name), null);
  assert.equal(response.headers.get('content-type'), 'text/x');
  const sent = asked[0]?.headers ?? {};
  assert.equal(asked[0]?.url, '/ollama/api/tags?x=1');
  assert.equal(sent.authorization, 'Bearer the-token');
  assert.equal(sent['anthropic-version'], '2023-06-01');
  for (const name of ['cookie', 'origin', 'x-api-key', 'x-bridge-id', 'x-forwarded-for', 'accept-encoding']) {
    assert.equal(sent[name], undefined, name);
  }
  await fetch(`${url}/v1/models`);
  assert.equal(asked[1]?.url, '/v1/models');
});

test('frames every body, so that none of its bytes is a request of its own', async (t) => {
  const asked: string[] = [];
  const { url } = await start(t, (incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.on('end', () => {
      const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
      asked.push(`${incoming.method} ${incoming.url} ${length ?? encoding ?? 'none'} ${body}`);
      response.end('ok');
    });
  });
  const smuggled = 'GET /api/bridge HTTP/1.1\r\nHost: relay\r\n\r\n';
  for (const method of ['GET', 'DELETE', 'POST']) {
    const outgoing = request(`${url}/api/x`, { method, headers: { 'transfer-encoding': 'chunked' } });
    outgoing.end(smuggled);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
  }
  await (await fetch(`${url}/api/x`, { method: 'POST' })).text();
  assert.deepEqual(asked, [
    'GET /ollama/api/x none ',
    `DELETE /ollama/api/x chunked ${smuggled}`,
    `POST /ollama/api/x chunked ${smuggled}`,
    'POST /ollama/api/x 0 ',
  ]);
});

test('asks again on a fresh connection when the relay had closed an idle one', async (t) => {
  const bodies: string[] = [];
  let isBreaking = false;
  const { url } = await start(t, (incoming, response) => {
    // What a proxy in front does that forgets idle connections.
    if (isBreaking) {
      isBreaking = false;
      incoming.socket.destroy();
      return;
    }
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.on('end', () => {
      bodies.push(body);
      response.end('ok');
    });
  });
  const ask = async (body: string) => (await fetch(`${url}/api/chat`, { method: 'POST', body })).text();
  assert.equal(await ask('first'), 'ok');
  isBreaking = true;
  assert.equal(await ask('second'), 'ok');
  assert.deepEqual(bodies, ['first', 'second']);
});

test('breaks off what the relay breaks off: half an answer is not taken for a whole one', async (t) => {
  const { url } = await start(t, (_incoming, response) => {
    response.write('half', () => response.destroy());
  });
  const response = await fetch(`${url}/api/chat`, { method: 'POST', body: '{}' });
  await assert.rejects(response.text());
});

test('answers a page of this computer that asks what it may send', async (t) => {
  const { url } = await start(t, () => assert.fail('not for the relay'));
  const headers = { origin: 'http://localhost:3000', 'access-control-request-headers': 'content-type, x-stainless-os' };
  const outgoing = request(`${url}/v1/chat/completions`, { method: 'OPTIONS', headers }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  assert.equal(response.statusCode, 204);
  assert.equal(response.headers['access-control-allow-origin'], 'http://localhost:3000');
  assert.equal(response.headers['access-control-allow-headers'], 'content-type, x-stainless-os');
  assert.equal(response.headers['access-control-allow-credentials'], undefined);
});

test('a local program reaches the models and nothing else of its person at the relay', async (t) => {
  const asked: (string | undefined)[] = [];
  const { url } = await start(t, (incoming, response) => {
    asked.push(incoming.url);
    response.end('ok');
  });
  // A proxy in front of the relay may resolve these: behind them is the whole API, with the person's own token.
  const paths = ['/v1/../api/keys', '/../api/keys', '/v1/%2e%2E/api/keys', '/v1/x/..%2f../api', '/v1/..\\api', '/./x'];
  // Some decode twice, or leave out parameters and blanks.
  paths.push(
    '/v1/%252e%252E/api',
    '/v1/x%25252f..%25252fapi',
    '/v1/..;x=y/api',
    '/v1/.%09./api',
    '/v1/..%3fx',
    '/v1/%25252525',
  );
  for (const path of paths) {
    const outgoing = request(url, { path, method: 'POST' }).end('{}');
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]; // as: by its types
    assert.equal(response.resume().statusCode, 400, path);
  }
  assert.deepEqual(asked, []);
  const models = ['/v1/models/hf.co%2Fa%2Fb:q4', '/v1/models/a..b%40c', '/api/tags?x=../..'];
  for (const path of models) assert.equal((await fetch(`${url}${path}`)).status, 200);
  assert.deepEqual(asked, [models[0], models[1], `/ollama${models[2]}`]);
});

test('is alive whatever the relay is: the command ollama asks that first, and can show no reason', async (t) => {
  const asked: string[] = [];
  const { url } = await start(t, (incoming, response) => {
    asked.push(incoming.url ?? '');
    response.writeHead(503).end('{"error":"away"}');
  });
  const head = await fetch(url, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get(CONNECT_HEADER) !== null], [200, true]);
  assert.equal(await (await fetch(url)).text(), 'Ollama is running');
  assert.deepEqual(asked, []);
  assert.equal((await fetch(`${url}/api/tags`)).status, 503);
});
