import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import { startTestRelay } from '../test-relay.ts';
import { isLoopbackHost } from './loopback-guard.ts';

test('knows the names of this computer', () => {
  for (const host of [
    'localhost',
    'localhost:3000',
    'LOCALHOST:1',
    '127.0.0.1:80',
    '127.8.9.1',
    '[::1]:3000',
    '[::ffff:127.0.0.1]',
  ]) {
    assert(isLoopbackHost(host), host);
  }
  for (const host of [
    '',
    'example.com',
    'localhost.example.com',
    '127.0.0.1.nip.io',
    '10.0.0.1',
    '[::2]',
    'a@localhost',
    'localhost/x',
    '0.0.0.0',
  ]) {
    assert(!isLoopbackHost(host), host);
  }
});

test('the embedded issuer is for this computer alone and says why', async (t) => {
  const { url } = await startTestRelay(t);
  const { port } = new URL(url);
  // fetch would not send another Host.
  const get = (headers: Record<string, string>) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/oidc/.well-known/openid-configuration', headers };
      request(options, (response) => {
        text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
      })
        .on('error', reject)
        .end();
    });
  assert.equal((await get({})).status, 200);
  assert.equal((await get({ host: `localhost:${port}` })).status, 200);
  const refused: [Record<string, string>, RegExp][] = [
    [{ host: 'chat.example.com' }, /another host/],
    [{ 'x-forwarded-for': '127.0.0.1' }, /x-forwarded-for/],
    [{ 'X-Forwarded-Proto': 'https' }, /x-forwarded-proto/],
    [{ forwarded: 'for=127.0.0.1' }, /forwarded/],
    [{ via: '1.1 proxy' }, /via/],
    [{ 'cf-ray': 'x' }, /cf-ray/],
    [{ 'x-real-ip': '127.0.0.1' }, /x-real-ip/],
  ];
  for (const [headers, reason] of refused) {
    const { status, body } = await get(headers);
    assert.equal(status, 403, JSON.stringify(headers));
    const { error, message } = apiError.parse(JSON.parse(body));
    assert.equal(error, 'forbidden');
    assert.match(message, reason);
  }
});
