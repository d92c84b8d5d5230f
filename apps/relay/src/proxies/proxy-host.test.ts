import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { proxyEndpoint } from './proxy-endpoint.ts';
import { proxyOfHost } from './proxy-host.ts';
import { askRaw, startProxyRelay } from './test-proxies.ts';

const DOMAIN = 'proxies.example';

test('reads the proxy out of a Host in every spelling, and out of nothing else', () => {
  const id = 'proxy-5f0c2a9e-1d7b-4c3e-9a86-2b41f7d0e6c8';
  for (const host of [id, id.toUpperCase()].flatMap((label) => [
    `${label}.${DOMAIN}`,
    `${label}.PROXIES.example:8443`,
    `${label}.${DOMAIN}.`,
    `${label}.${DOMAIN}.:443`,
    ` ${label}.${DOMAIN} `,
  ])) {
    assert.equal(proxyOfHost(host, DOMAIN), id, host);
  }
  for (const host of [
    undefined,
    '',
    DOMAIN,
    `app.${DOMAIN}`,
    `${id}.${DOMAIN}.evil.example`,
    `${id}.evil${DOMAIN}`,
    `${id}@${DOMAIN}`,
    `evil.${id}.${DOMAIN}`,
    id,
  ]) {
    assert.equal(proxyOfHost(host, DOMAIN), undefined, host);
  }
  for (const host of [
    `proxy-a/../../api.${DOMAIN}`,
    `proxy-a?.${DOMAIN}`,
    `proxy-.x.${DOMAIN}`,
    `proxy-%2f.${DOMAIN}`,
  ]) {
    assert.equal(proxyOfHost(host, DOMAIN), 'proxy-unknown', host);
  }
  assert.equal(proxyOfHost(`${id}.${DOMAIN}`, undefined), undefined);
});

test('an endpoint is made of the public address alone', () => {
  for (const [origin, domain, expected] of [
    ['https://app.example', DOMAIN, `https://proxy-1.${DOMAIN}`],
    ['http://localhost:3000', 'localhost', 'http://proxy-1.localhost:3000'],
    ['https://app.example:8443', undefined, 'https://app.example:8443/proxy/proxy-1'],
  ] as const) {
    assert.equal(proxyEndpoint({ origin }, domain, 'proxy-1'), expected);
  }
});

test("on a proxy's host there is nothing but that proxy", async (t) => {
  const { relay, create, computer } = await startProxyRelay(t, { proxies: { domain: DOMAIN } });
  const [made, other] = [await create(), await create()];
  const { port } = new URL(relay.url);
  assert.equal(made.endpoint, `http://${made.proxyId}.${DOMAIN}:${port}`);
  const host = `${made.proxyId}.${DOMAIN}`;
  const own = { host, authorization: `Bearer ${made.credentials.token}` };
  const stranger = { host, authorization: `Bearer ${relay.token}` };

  for (const path of ['/v1/models', '/api/tags', `http://${other.proxyId}.${DOMAIN}/api/tags`]) {
    assert.equal((await askRaw(relay.url, path, own)).body, '{"ok":true}', path);
  }
  for (const spelling of [host.toUpperCase(), `${host}.`, `${host}:443`]) {
    assert.equal((await askRaw(relay.url, '/api/tags', { ...own, host: spelling })).status, 200, spelling);
  }
  assert.ok(computer.asked.every(({ request }) => ['/v1/models', '/api/tags'].includes(request.path)));

  const asked = computer.asked.length;
  for (const path of [
    '/',
    '/api/me',
    '/api/health',
    '/api/bridge',
    '/assets/x.js',
    '/oidc/authorize',
    '/ollama/api/tags',
  ]) {
    const refused = await askRaw(relay.url, path, stranger);
    assert.equal(refused.status, 401, path);
    assert.match(refused.body, /Invalid or expired proxy token/, path);
  }
  assert.equal(
    (await askRaw(relay.url, '/api/tags', { ...own, host: `${other.proxyId}.${DOMAIN}` })).status,
    401,
    'the Host says which proxy it is',
  );
  assert.equal((await askRaw(relay.url, '/api/tags', { ...own, host: `proxy-unknown.${DOMAIN}` })).status, 401);
  assert.equal(computer.asked.length, asked);

  const nested = await askRaw(relay.url, `/proxy/${other.proxyId}/api/tags`, own);
  assert.equal(nested.body, '{"ok":true}');
  assert.equal(
    computer.asked.at(-1)?.request.path,
    `/proxy/${other.proxyId}/api/tags`,
    'that is for the engine to refuse',
  );
});

test("no WebSocket opens on a proxy's host", async (t) => {
  const { relay, create } = await startProxyRelay(t, { proxies: { domain: DOMAIN } });
  const { proxyId } = await create();
  const userId = relay.context.issuer!.user.id; // its own issuer
  const open = async (host?: string): Promise<string> => {
    const headers = { authorization: `Bearer ${relay.token}`, ...(host !== undefined && { host }) };
    const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/ws/status/${userId}`, { headers });
    const outcome = await once(socket, 'open').then(
      () => 'open',
      (error: Error) => error.message,
    );
    socket.close();
    return outcome;
  };
  assert.equal(await open(), 'open');
  assert.match(await open(`${proxyId}.${DOMAIN}`), /404/);
});

test('hosts and forwarding headers that a request names are not believed', async (t) => {
  const { relay, create, computer } = await startProxyRelay(t);
  const made = await create();
  const bearer = { authorization: `Bearer ${relay.token}` };
  const forwarded = {
    'x-forwarded-host': 'evil.example',
    forwarded: 'host=evil.example',
    'x-forwarded-proto': 'gopher',
  };
  const path = `/api/streaming/proxy/${made.proxyId}/status`;
  for (const headers of [forwarded, { host: 'evil.example' }]) {
    const { body } = await askRaw(relay.url, path, { ...bearer, ...headers });
    assert.ok(body.includes(`"endpoint":"${relay.url}/proxy/${made.proxyId}"`), body);
  }
  const own = { authorization: `Bearer ${made.credentials.token}` };
  await askRaw(relay.url, `/proxy/${made.proxyId}/api/tags`, { ...own, ...forwarded, host: 'evil.example' });
  assert.doesNotMatch(JSON.stringify(computer.asked.at(-1)?.request.headers), /evil|gopher/);
  const elsewhere = await askRaw(relay.url, '/api/tags', { ...own, host: `${made.proxyId}.${DOMAIN}` });
  assert.notEqual(elsewhere.status, 200, 'without a domain no host is a proxy');
});
