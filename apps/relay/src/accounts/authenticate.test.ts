import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiError, authConfig, me, PROTOCOL_VERSION } from '@cloudtolocalllm/protocol';
import { startTestRelay } from '../test-relay.ts';
import { bearerToken } from './authenticate.ts';

test('takes the token out of the header and nothing else', () => {
  assert.equal(bearerToken('Bearer abc.def-_~+/='), 'abc.def-_~+/=');
  assert.equal(bearerToken('bearer  abc'), 'abc');
  for (const header of [
    undefined,
    '',
    'abc',
    'Basic abc',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a,b',
    `Bearer ${'x'.repeat(8200)}`,
  ]) {
    assert.throws(() => bearerToken(header), { code: 'unauthorized' });
  }
});

test('says who the token speaks for', async (t) => {
  const { call, context } = await startTestRelay(t);
  const response = await call('/api/me');
  assert.equal(response.status, 200);
  assert.deepEqual(me.parse(await response.json()), {
    userId: context.issuer?.user.id,
    name: 'Local user',
    scopes: ['chat', 'inference', 'bridges:read', 'proxies', 'account', 'admin'],
  });
});

test('answers 401 in the standard format without a good token', async (t) => {
  const { url, call } = await startTestRelay(t);
  const answers = [await fetch(`${url}/api/me`), await call('/api/me', { token: 'garbage' })];
  for (const response of answers) {
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
    const { error, code } = apiError.parse(await response.json());
    assert.deepEqual([error, code], ['unauthorized', 401]);
  }
});

test('tells everybody how to sign in, and which version it is', async (t) => {
  const { url } = await startTestRelay(t);
  const { version, ...config } = authConfig.parse(await (await fetch(`${url}/api/auth/config`)).json());
  assert.match(version ?? '', /^\d+\.\d+\.\d+$/);
  assert.deepEqual(config, {
    issuer: `${url}/oidc`,
    audience: 'cloudtolocalllm-api',
    clientIds: { web: 'cloudtolocalllm-web', bridge: 'cloudtolocalllm-bridge' },
    embedded: true,
    protocolVersion: PROTOCOL_VERSION,
  });
});
