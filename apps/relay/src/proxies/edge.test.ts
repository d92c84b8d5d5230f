import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSecrets } from '@cloudtolocalllm/protocol';
import { makeKey } from '../keys/test-keys.ts';
import { answer } from '../models/test-engine-bridge.ts';
import { newProxyToken } from './proxy-token.ts';
import { askRaw, startProxyRelay, until } from './test-proxies.ts';

test('a request with the proxy token goes to the engine of its computer and back', async (t) => {
  const { create, ask, computer } = await startProxyRelay(t);
  const made = await create();
  const response = await ask(made, '/api/chat?x=/y', { method: 'POST', body: '{"model":"m:1b"}' });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { ok: true });
  const [asked] = computer.asked;
  assert.deepEqual([asked?.request.method, asked?.request.path], ['POST', '/api/chat?x=/y']);
  assert.deepEqual(asked?.body, { model: 'm:1b' });
  assert.equal(response.headers.get('x-ratelimit-limit'), '10000', "it counts against its computer's limit");
  assert.match(response.headers.get('content-security-policy') ?? '', /sandbox/);
  const names = asked?.request.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  assert.ok(!names?.some((name) => /authorization|cookie|api-key/.test(name)), 'no credential goes on');
});

test('the token is taken from x-api-key as well, and errors come in the dialect of the path', async (t) => {
  const { create, relay } = await startProxyRelay(t);
  const { proxyId, credentials } = await create();
  const at = (path: string, headers: Record<string, string>) => askRaw(relay.url, `/proxy/${proxyId}${path}`, headers);
  assert.equal((await at('/v1/models', { 'x-api-key': credentials.token })).status, 200);
  for (const [path, form] of [
    ['/v1/messages', /^\{"type":"error","error":\{"type":"authentication_error"/],
    ['/v1/chat/completions', /^\{"error":\{"message":".*","type":"authentication_error"/],
    ['/api/chat', /^\{"error":"Invalid or expired proxy token/],
    ['', /^\{"error":"Invalid or expired proxy token/],
  ] as const) {
    const refused = await at(path, { 'x-api-key': 'c2p_nonsense' });
    assert.equal(refused.status, 401, path);
    assert.match(refused.body, form, path);
    assert.equal(refused.headers['www-authenticate'], 'Bearer');
  }
});

test('every token but its own gets the very same 401, and the engine never hears of it', async (t) => {
  const { create, relay, computer, clock } = await startProxyRelay(t, { proxies: { maxPerUser: 10 } });
  const made = await create();
  const other = await create();
  const deleted = await create();
  await relay.call(`/api/streaming/proxy/${deleted.proxyId}`, { method: 'DELETE' });
  const short = await create({ lifetime: 60 });
  const { secret } = await makeKey(relay, { scopes: ['proxies', 'inference'] });
  clock.now += 60_000;
  const unknown = `proxy-${crypto.randomUUID()}`;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const own = made.credentials.token;
  const cases: [what: string, proxyId: string, headers: Record<string, string>, query?: string][] = [
    ['nothing', made.proxyId, {}],
    ["another proxy's token", made.proxyId, bearer(other.credentials.token)],
    ['a token with another end', made.proxyId, bearer(`${own.slice(0, -1)}${own.endsWith('A') ? 'E' : 'A'}`)],
    ['an access token', made.proxyId, bearer(relay.token)],
    ['an API key', made.proxyId, bearer(secret)],
    ['its own, of which another header says otherwise', made.proxyId, { ...bearer('x'), 'x-api-key': own }],
    ['its own in a cookie', made.proxyId, { cookie: `token=${own}; authorization=Bearer ${own}` }],
    ['its own in the query', made.proxyId, {}, `?token=${own}&access_token=${own}&api_key=${own}`],
    ['its own as basic authentication', made.proxyId, { authorization: `Basic ${btoa(`:${own}`)}` }],
    ['an unknown proxy', unknown, bearer(own)],
    ['no proxy id at all', 'x', bearer(own)],
    ['a deleted proxy', deleted.proxyId, bearer(deleted.credentials.token)],
    ['an expired proxy', short.proxyId, bearer(short.credentials.token)],
  ];
  const bodies = new Set<string>();
  for (const [what, proxyId, headers, query = ''] of cases) {
    const refused = await askRaw(relay.url, `/proxy/${proxyId}/v1/chat/completions${query}`, headers);
    assert.equal(refused.status, 401, what);
    assert.equal(refused.headers['x-ratelimit-limit'], '1000', `${what}: counts against its address`);
    assert.equal(refused.headers['set-cookie'], undefined);
    bodies.add(refused.body);
  }
  assert.equal(bodies.size, 1, [...bodies].join('\n'));
  assert.equal(computer.asked.length, 0);
});

test("a path leads to no other proxy and to nothing else of the relay's", async (t) => {
  const { create, relay, computer } = await startProxyRelay(t);
  const [made, other] = [await create(), await create()];
  const headers = { authorization: `Bearer ${made.credentials.token}` };
  for (const path of [
    `/proxy/${made.proxyId}/../${other.proxyId}/api/tags`,
    `/proxy/${made.proxyId}/%2e%2e/${other.proxyId}/api/tags`,
    `/proxy/${made.proxyId}/..%2f${other.proxyId}/api/tags`,
    `/proxy/${made.proxyId}//${other.proxyId}/api/tags`,
    `http://evil.example/proxy/${made.proxyId}/api/tags`,
    `/%70roxy/${made.proxyId}/api/tags`,
  ]) {
    const { body } = await askRaw(relay.url, path, headers);
    assert.equal(body, '{"ok":true}', path);
  }
  assert.deepEqual(
    computer.asked.map(({ request }) => request.path),
    [
      `/../${other.proxyId}/api/tags`,
      `/%2e%2e/${other.proxyId}/api/tags`,
      `/..%2f${other.proxyId}/api/tags`,
      `//${other.proxyId}/api/tags`,
      '/api/tags',
      '/api/tags',
    ],
    'each goes on as it is, for worker and bridge to judge',
  );
  for (const path of [
    `/x/../proxy/${made.proxyId}/api/tags`,
    `/proxy%2f${made.proxyId}/api/tags`,
    `//proxy/${made.proxyId}/api/tags`,
  ]) {
    assert.notEqual((await askRaw(relay.url, path, headers)).status, 200, path);
  }
  for (const path of ['/api/me', '/api/bridge', '/ollama/api/tags', '/v1/models', '/api/streaming/proxy']) {
    assert.equal((await askRaw(relay.url, path, headers)).status, 401, path);
  }
});

test('models are pulled and deleted through no proxy', async (t) => {
  const { create, ask, computer, status } = await startProxyRelay(t);
  const made = await create();
  for (const [method, path] of [
    ['POST', '/api/pull'],
    ['DELETE', '/api/delete?x=1'],
  ] as const) {
    const refused = await ask(made, path, { method, body: '{"model":"m:1b"}' });
    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /A proxy cannot pull or delete models/);
  }
  assert.equal(computer.asked.length, 0);
  assert.deepEqual((await status(made.proxyId)).metrics, {
    requests: 2,
    bytesTransferred: 0,
    avgResponseTime: 0,
    errorRate: 1,
    tokens: 0,
    running: 0,
  });
});

test('one that is narrowed to some models lets through what names one of them, and no other', async (t) => {
  const { create, ask, computer } = await startProxyRelay(t);
  const made = await create({ models: ['small:1b'] });
  const chat = (body: string) => ask(made, '/api/chat', { method: 'POST', body });
  assert.equal((await chat('{"messages":[],"model":"small:1b"}')).status, 200);
  for (const body of ['{"model":"large:70b"}', '{"model":"small:1b","MODEL":"large:70b"}', '{}', 'x']) {
    const refused = await chat(body);
    assert.equal(refused.status, 403, body);
    assert.match(await refused.text(), /^\{"error":"This proxy /);
  }
  assert.equal((await ask(made, '/api/copy', { method: 'POST', body: '{}' })).status, 403);
  assert.equal((await ask(made, '/v1/models')).status, 200);
  assert.equal(computer.asked.length, 2);
});

test('one that is narrowed to some models lists no others', async (t) => {
  const data = ['small:1b', 'large:70b'].map((id) => ({ id, object: 'model' }));
  const { create, ask } = await startProxyRelay(t, {
    respond: (asked) => answer(asked, 200, { object: 'list', data }),
  });
  const made = await create({ models: ['small:1b'], paths: ['/v1/*'] });
  const listed = await ask(made, '/v1/models');
  assert.deepEqual(await listed.json(), { object: 'list', data: [{ id: 'small:1b', object: 'model' }] });
  assert.match(listed.headers.get('content-security-policy') ?? '', /sandbox/);
  const all = await create();
  assert.deepEqual(await (await ask(all, '/v1/models')).json(), { object: 'list', data });
});

test('says in the dialect of the path that its computer is offline', async (t) => {
  const { create, ask, computer, relay } = await startProxyRelay(t);
  const made = await create();
  computer.bridge.socket?.close(1000);
  await computer.bridge.closed;
  await until(() => relay.context.links.connectedCount === 0);
  const refused = await ask(made, '/v1/chat/completions', { method: 'POST', body: '{}' });
  assert.equal(refused.status, 503);
  const { error } = (await refused.json()) as { error: { code: string } }; // as: OpenAI's errors
  assert.equal(error.code, 'bridge_offline');
});

test('a client that goes away ends the exchange at the engine', async (t) => {
  const { create, ask, computer } = await startProxyRelay(t, {
    respond: ({ exchange }) => {
      exchange.head(200, ['content-type', 'application/x-ndjson']);
      exchange.write(Buffer.from('{"a":1}\n'));
    },
  });
  const made = await create();
  const leaving = new AbortController();
  const response = await ask(made, '/api/chat', { method: 'POST', body: '{}', signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  assert.equal(await computer.asked[0]?.reset, 'cancelled');
});

test("streams count against their owner's limit of streams", async (t) => {
  const { relay, create, ask } = await startProxyRelay(t, {
    respond: ({ exchange }) => exchange.head(200, []),
  });
  const made = await create();
  const { streams } = relay.context.limits;
  const response = await ask(made, '/api/chat', { method: 'POST', body: '{}' });
  assert.equal(streams.size, 1);
  await response.body?.cancel();
  await until(() => streams.size === 0);
});

test('no token of a proxy gets into the log, wherever it stands', () => {
  const token = newProxyToken();
  for (const line of [{ url: `/x?token=${token}` }, { headers: { 'x-api-key': token } }, { error: `bad ${token}!` }]) {
    assert.doesNotMatch(withoutSecrets(JSON.stringify(line)), /c2p_/);
  }
});
