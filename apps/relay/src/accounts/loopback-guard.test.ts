import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import { readConfig } from '../config.ts';
import { startTestRelay } from '../test-relay.ts';
import { readForm, TestBrowser } from './embedded/test-browser.ts';
import { openSignIn } from './embedded/test-sign-in.ts';

/** fetch would not send another Host. */
function send(
  url: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: URLSearchParams },
): Promise<{ status: number | undefined; body: string }> {
  const { port } = new URL(url);
  const form = body && { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers: { ...headers, ...form }, method: body ? 'POST' : 'GET' };
    request(options, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode, body: answer }), reject);
    })
      .on('error', reject)
      .end(body?.toString());
  });
}

test('the embedded issuer is for this computer alone and says why', async (t) => {
  const { url } = await startTestRelay(t);
  const { port } = new URL(url);
  const get = (headers: Record<string, string>) => send(url, '/oidc/.well-known/openid-configuration', { headers });
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

test('when told to, the issuer serves everybody, and believes no request where it is', async (t) => {
  const { auth } = readConfig({ EMBEDDED_SIGN_IN_EVERYWHERE: 'true' });
  const relay = await startTestRelay(t, { config: { auth, publicUrl: 'https://chat.example.com' } });
  // What the relay makes of its own address is not where the test finds it.
  const [address] = relay.app.addresses();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address.port : ''}`;
  const headers = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-for': '203.0.113.9',
    forwarded: 'host=evil.example',
  };
  const discovery = await send(url, '/oidc/.well-known/openid-configuration', { headers });
  assert.equal(discovery.status, 200);
  assert.doesNotMatch(discovery.body, /evil|http:/);
  assert.match(discovery.body, /"https:\/\/chat\.example\.com\/oidc\/token"/);
  const body = new URLSearchParams({ client_id: 'cloudtolocalllm-bridge', scope: 'openid' });
  const device = await send(url, '/oidc/device/auth', { headers, body });
  assert.match(device.body, /"https:\/\/chat\.example\.com\/oidc\/device\?user_code=/);
  const kept = relay.context.database.kysely.selectFrom('oidc_payloads').select('payload');
  const { payload } = await kept.where('model', '=', 'DeviceCode').executeTakeFirstOrThrow();
  assert.match(payload, /"address":"127\.0\.0\.1"/, 'TRUST_PROXY is not set');
});

test('the sign-in page says where it works', async (t) => {
  const { auth } = readConfig({ EMBEDDED_SIGN_IN_EVERYWHERE: 'true' });
  for (const [config, isLimited] of [
    [{}, true],
    [{ auth }, false],
  ] as const) {
    const { page } = await readForm(await openSignIn(await startTestRelay(t, { config }), new TestBrowser()));
    assert.equal(page.includes('only on the computer that the relay runs on'), isLimited);
    assert.match(page, /npm run password/);
  }
});
