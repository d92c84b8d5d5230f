import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import { startTestRelay } from '../test-relay.ts';
import { clientAddress, trustedProxies } from './client-address.ts';
import { countOf, limitsWith } from './test-limits.ts';

type Trust = Parameters<typeof trustedProxies>[0];

const cases: { name: string; trust: Trust; peer: string; forwarded?: string; expected: string }[] = [
  { name: 'nobody is trusted', trust: undefined, peer: '9.9.9.9', forwarded: '1.1.1.1', expected: '9.9.9.9' },
  { name: 'no proxy stands in front', trust: 0, peer: '9.9.9.9', forwarded: '1.1.1.1', expected: '9.9.9.9' },
  { name: 'one proxy, which says it', trust: 1, peer: '10.0.0.1', forwarded: '1.1.1.1', expected: '1.1.1.1' },
  {
    name: 'one proxy, and a client that made up entries',
    trust: 1,
    peer: '10.0.0.1',
    forwarded: '7.7.7.7, 8.8.8.8, 1.1.1.1',
    expected: '1.1.1.1',
  },
  { name: 'two proxies', trust: 2, peer: '10.0.0.1', forwarded: '8.8.8.8, 1.1.1.1, 10.0.0.2', expected: '1.1.1.1' },
  { name: 'fewer entries than proxies', trust: 3, peer: '10.0.0.1', forwarded: '1.1.1.1', expected: '1.1.1.1' },
  { name: 'the proxy says nothing', trust: 1, peer: '10.0.0.1', expected: '10.0.0.1' },
  { name: 'the proxy says nonsense', trust: 1, peer: '10.0.0.1', forwarded: 'unknown', expected: '10.0.0.1' },
  {
    name: 'a proxy of the list',
    trust: ['10.0.0.0/8', '192.0.2.1'],
    peer: '10.1.2.3',
    forwarded: '8.8.8.8, 1.1.1.1, 192.0.2.1',
    expected: '1.1.1.1',
  },
  {
    name: 'somebody who is not on the list',
    trust: ['10.0.0.0/8'],
    peer: '9.9.9.9',
    forwarded: '1.1.1.1',
    expected: '9.9.9.9',
  },
  {
    name: 'a proxy on this computer',
    trust: ['loopback'],
    peer: '::1',
    forwarded: '2001:db8::7',
    expected: '2001:db8::7',
  },
];
for (const { name, trust, peer, forwarded, expected } of cases) {
  test(`knows where a request comes from: ${name}`, () => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const request = { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage; // as: all that is looked at
    assert.equal(clientAddress(request, trustedProxies(trust)), expected);
  });
}

test('a made up X-Forwarded-For changes nothing while no proxy is trusted', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ addressPerHour: 3 }) } });
  const statuses: number[] = [];
  for (let index = 0; index < 5; index++) {
    const headers = {
      'x-forwarded-for': `1.1.1.${index}`,
      forwarded: `for=1.1.1.${index}`,
      'x-real-ip': `1.1.1.${index}`,
    };
    statuses.push((await fetch(`${relay.url}/api/auth/config`, { headers })).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
});

test('behind a proxy each client has its own limit, an IPv6 line counts as one, and Host is not believed', async (t) => {
  const config = { limits: limitsWith({ addressPerHour: 2 }), trustProxy: 1 };
  const relay = await startTestRelay(t, { config });
  const from = (address: string) =>
    fetch(`${relay.url}/api/auth/config`, {
      headers: {
        'x-forwarded-for': `6.6.6.6, ${address}`,
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
      },
    });
  const first = await from('1.1.1.1');
  assert.deepEqual(countOf(first), { limit: 2, remaining: 1 });
  assert.doesNotMatch(await first.text(), /evil|https:/);
  assert.deepEqual(countOf(await from('1.1.1.2')), { limit: 2, remaining: 1 });
  assert.deepEqual(countOf(await from('2001:db8::1')), { limit: 2, remaining: 1 });
  assert.deepEqual(countOf(await from('2001:db8::ffff:1')), { limit: 2, remaining: 0 });
  assert.equal((await from('2001:db8::2')).status, 429);
  assert.deepEqual(countOf(await from('2001:db8:0:1::1')), { limit: 2, remaining: 1 });
});

test('what came through a trusted proxy is still not from this computer', async (t) => {
  const relay = await startTestRelay(t, { config: { trustProxy: ['loopback'] } });
  const headers = { 'x-forwarded-for': '127.0.0.1' };
  const detailed = await fetch(`${relay.url}/api/health/detailed`, { headers });
  assert.equal(detailed.status, 401);
  const signIn = await fetch(`${relay.url}/oidc/jwks`, { headers });
  assert.equal(apiError.parse(await signIn.json()).error, 'forbidden');
});
