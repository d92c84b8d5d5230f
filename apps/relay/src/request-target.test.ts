import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import { originForm } from './request-target.ts';
import { startTestRelay } from './test-relay.ts';

test('leaves path and query of a target', () => {
  for (const [target, expected] of [
    ['/api/me?x=http://a/b', '/api/me?x=http://a/b'],
    ['http://evil.example/api/me?x=1', '/api/me?x=1'],
    ['HTTPS://evil.example:1', '/'],
    ['http://evil.example?x=1', '/?x=1'],
    ['*', '/*'],
    ['ftp://evil.example/api/me', '/ftp://evil.example/api/me'],
  ] as const) {
    assert.equal(originForm({ url: target }), expected);
  }
});

test('an origin in the target changes no answer and leads nowhere', async (t) => {
  const { url, token } = await startTestRelay(t);
  const { port } = new URL(url);
  const ask = async (path: string, headers: Record<string, string>) => {
    const [response] = (await once(request({ port, path, headers }).end(), 'response')) as [IncomingMessage];
    return { status: response.statusCode, location: response.headers.location, body: await text(response) };
  };
  const authorization = `Bearer ${token}`;
  assert.equal((await ask('http://evil.example/api/me', { authorization })).status, 200);
  assert.equal((await ask('http://evil.example/api/me', {})).status, 401);
  const page = await ask('http://evil.example/chat', { accept: 'text/html', host: `127.0.0.1:${port}` });
  assert.deepEqual([page.status, page.location], [302, `${url}/chat`]);
  const asterisk = await ask('*', { accept: 'text/html', host: `127.0.0.1:${port}` });
  assert.deepEqual([asterisk.status, asterisk.location], [302, `${url}/*`]);
  const api = await ask('http://evil.example/api/nothing', { accept: 'text/html', host: `127.0.0.1:${port}` });
  assert.equal(apiError.parse(JSON.parse(api.body)).error, 'not_found');
  const issuer = await ask('http://evil.example/oidc/.well-known/openid-configuration', { host: `localhost:${port}` });
  assert.equal((JSON.parse(issuer.body) as { issuer: string }).issuer, `${url}/oidc`); // as: that document
});

test('an encoded path of the sign-in is none of its pages', async (t) => {
  const { url } = await startTestRelay(t);
  const response = await fetch(`${url}/%6fidc/.well-known/openid-configuration`);
  assert.equal(apiError.parse(await response.json()).error, 'not_found');
});

test('two Host headers are refused: which one counts depends on who reads them', async (t) => {
  const { url } = await startTestRelay(t);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    'GET /api/health/detailed HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\nConnection: close\r\n\r\n',
  );
  assert.match(await text(socket), /^HTTP\/1\.1 400 /);
});
