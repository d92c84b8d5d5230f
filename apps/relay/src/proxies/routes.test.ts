import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiError, auditList, createProxyResponse, proxyList } from '@cloudtolocalllm/protocol';
import { engineBridge } from '../models/test-engine-bridge.ts';
import { makeKey } from '../keys/test-keys.ts';
import { askRaw, startProxyRelay, until } from './test-proxies.ts';

const CREATE = '/api/streaming/proxy/create';

test('makes a proxy as the specification shows it, and keeps its token nowhere', async (t) => {
  const { relay, computer, driver, clock, status } = await startProxyRelay(t);
  const body = {
    userId: relay.context.issuer!.user.id, // its own issuer
    bridgeId: computer.bridgeId,
    name: 'Build script',
    config: { timeout: 300, maxMemory: '512MB', maxCpu: '0.5' },
  };
  const response = await relay.call(CREATE, { method: 'POST', body });
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const text = await response.text();
  const { proxyId, endpoint, credentials } = createProxyResponse.parse(JSON.parse(text));
  assert.equal(endpoint, `${relay.url}/proxy/${proxyId}`);
  assert.match(credentials.token, /^c2p_[\w-]{43}$/);
  assert.equal(Date.parse(credentials.expires), clock.now + 3600_000);
  const [worker] = driver.workers;
  assert.deepEqual(
    [worker?.spec.proxyId, worker?.spec.memoryBytes, worker?.spec.cpus, worker?.spec.expires.getTime()],
    [proxyId, 512 * 1024 ** 2, 0.5, clock.now + 3600_000],
  );
  const rows = await relay.context.database.kysely.selectFrom('proxies').selectAll().execute();
  assert.doesNotMatch(JSON.stringify(rows), new RegExp(credentials.token));
  const shown = await status(proxyId);
  assert.deepEqual(
    [shown.status, shown.name, shown.bridgeId, shown.driver, shown.config],
    ['running', 'Build script', computer.bridgeId, 'process', { ...body.config, lifetime: 3600, maxConcurrent: 50 }],
  );
  assert.doesNotMatch(JSON.stringify(shown), /c2p_|token_hash|credentials/);
});

test('its worker is told the limits that it has to hold', async (t) => {
  const { create, driver } = await startProxyRelay(t);
  await create({ paths: ['/v1/*'], maxRequests: 5, maxConcurrent: 2, maxTokens: 100, models: ['m:1b'] });
  assert.deepEqual((await driver.workers[0]?.configured)?.limits, {
    paths: ['/v1/*'],
    maxRequests: 5,
    maxConcurrent: 2,
    maxTokens: 100,
  });
});

test("refuses what is above the operator's limits, naming field and limit", async (t) => {
  const { relay, computer, driver } = await startProxyRelay(t, {
    proxies: {
      maxTimeoutSeconds: 60,
      maxLifetimeSeconds: 600,
      maxMemoryBytes: 256 * 1024 ** 2,
      maxCpus: 1,
      maxRequests: 1000,
      maxConcurrent: 4,
      maxTokens: 50_000,
    },
  });
  for (const [config, field, limit] of [
    [{ timeout: 61 }, 'config.timeout', /at most 60\b/],
    [{ lifetime: 601 }, 'config.lifetime', /at most 600\b/],
    [{ maxMemory: '257MB' }, 'config.maxMemory', /at most 256MB/],
    [{ maxMemory: '1GB' }, 'config.maxMemory', /at most 256MB/],
    [{ maxMemory: '63MB' }, 'config.maxMemory', /at least 64MB/],
    [{ maxCpu: '1.1' }, 'config.maxCpu', /at most 1\b/],
    [{ maxCpu: '0.001' }, 'config.maxCpu', /at least 0.01/],
    [{ maxCpu: '0' }, 'config.maxCpu', /more than 0/],
    [{ maxRequests: 1001 }, 'config.maxRequests', /at most 1000\b/],
    [{ maxConcurrent: 5 }, 'config.maxConcurrent', /at most 4\b/],
    [{ maxTokens: 50_001 }, 'config.maxTokens', /at most 50000\b/],
    [{ timeout: 0 }, 'config.timeout', /5/],
    [{ maxMemory: 'a lot' }, 'config.maxMemory', /512MB/],
    [{ paths: ['v1'] }, 'config.paths.0', /\/v1/],
  ] as const) {
    const body = { bridgeId: computer.bridgeId, config };
    const response = await relay.call(CREATE, { method: 'POST', body });
    assert.equal(response.status, 400, JSON.stringify(config));
    const { error, details } = apiError.parse(await response.json());
    assert.equal(error, 'validation_failed');
    assert.match(details?.[field] ?? '', limit, JSON.stringify(details));
  }
  assert.equal(driver.workers.length, 0);
  const body = { bridgeId: computer.bridgeId };
  const { proxyId } = createProxyResponse.parse(await (await relay.call(CREATE, { method: 'POST', body })).json());
  const row = await relay.context.proxies.store.find(relay.context.issuer!.user.id, proxyId); // its own issuer
  assert.deepEqual(
    JSON.parse(row?.config ?? ''),
    {
      timeout: 60,
      lifetime: 600,
      maxMemory: '256MB',
      maxCpu: '0.5',
      maxRequests: 1000,
      maxConcurrent: 4,
      maxTokens: 50_000,
    },
    'defaults keep to them too',
  );
});

test('nobody makes a proxy for somebody else, nor to a computer that is not theirs', async (t) => {
  const { relay, computer, driver } = await startProxyRelay(t);
  const stranger = await relay.tokenFor('user-stranger');
  const cases: [body: object, token: string, status: number][] = [
    [{ bridgeId: computer.bridgeId, userId: 'user-other' }, relay.token, 403],
    [{ bridgeId: computer.bridgeId }, stranger, 404],
    [{ bridgeId: `bridge-${crypto.randomUUID()}` }, relay.token, 404],
  ];
  for (const [body, token, status] of cases) {
    assert.equal((await relay.call(CREATE, { method: 'POST', body, token })).status, status);
  }
  assert.equal(driver.workers.length, 0);
});

test("a key needs the scope, reaches its own computers' proxies alone, and passes its models on", async (t) => {
  const { relay, computer, create } = await startProxyRelay(t);
  const second = await engineBridge(relay, () => {}, { name: 'second' });
  const there = await create({}, { bridgeId: second.bridgeId });
  const bridges = [computer.bridgeId];
  const { secret } = await makeKey(relay, { scopes: ['proxies'], bridges, models: ['m:1b', 'n:1b'] });
  const { secret: unscoped } = await makeKey(relay, { scopes: ['inference'] });
  const make = (token: string, bridgeId: string, config: object = {}) =>
    relay.call(CREATE, { method: 'POST', body: { bridgeId, config }, token });

  assert.equal((await make(unscoped, computer.bridgeId)).status, 403);
  assert.equal((await make(secret, second.bridgeId)).status, 404);
  assert.equal((await make(secret, computer.bridgeId, { models: ['other:1b'] })).status, 403);
  const narrowed = createProxyResponse.parse(
    await (await make(secret, computer.bridgeId, { models: ['m:1b', 'other:1b'] })).json(),
  );
  const all = createProxyResponse.parse(await (await make(secret, computer.bridgeId)).json());

  const path = (proxyId: string) => `/api/streaming/proxy/${proxyId}`;
  assert.equal((await relay.call(`${path(there.proxyId)}/status`, { token: secret })).status, 404);
  assert.equal((await relay.call(path(there.proxyId), { method: 'DELETE', token: secret })).status, 404);
  const listed = proxyList.parse(await (await relay.call('/api/streaming/proxy', { token: secret })).json());
  assert.deepEqual(
    new Map(listed.proxies.map(({ proxyId, config }) => [proxyId, config.models])),
    new Map([
      [narrowed.proxyId, ['m:1b']],
      [all.proxyId, ['m:1b', 'n:1b']],
    ]),
  );
  assert.equal(listed.total, 2);
});

test("a key's proxy ends with the key at the latest", async (t) => {
  const { relay, computer } = await startProxyRelay(t);
  const expires = new Date(Date.now() + 60_000).toISOString();
  const { secret } = await makeKey(relay, { scopes: ['proxies'], expires });
  const body = { bridgeId: computer.bridgeId, config: { lifetime: 3600 } };
  const made = await relay.call(CREATE, { method: 'POST', body, token: secret });
  const { credentials } = createProxyResponse.parse(await made.json());
  assert.equal(credentials.expires, expires);
});

test('lists those that run before those that have ended, page by page', async (t) => {
  const { relay, create, clock } = await startProxyRelay(t);
  const ids: string[] = [];
  for (let index = 0; index < 4; index++) {
    clock.now += 1000;
    ids.push((await create()).proxyId);
  }
  await relay.call(`/api/streaming/proxy/${ids[3]}`, { method: 'DELETE' });
  const page = async (query: string) =>
    proxyList.parse(await (await relay.call(`/api/streaming/proxy${query}`)).json());
  const all = await page('');
  assert.deepEqual(
    all.proxies.map(({ proxyId }) => proxyId),
    [ids[2], ids[1], ids[0], ids[3]],
  );
  const [first, second] = [await page('?limit=3'), await page('?limit=3&offset=3')];
  assert.deepEqual([first.proxies.length, first.hasMore, first.total], [3, true, 4]);
  assert.deepEqual([second.proxies[0]?.proxyId, second.hasMore], [ids[3], false]);
});

test('concurrent requests make no more proxies than one may have, nor than there may be', async (t) => {
  const { relay, computer, driver } = await startProxyRelay(t, { proxies: { maxPerUser: 3, maxTotal: 4 } });
  const held = Promise.withResolvers<void>();
  driver.before = () => held.promise;
  const make = (bridgeId: string, token?: string) =>
    relay.call(CREATE, { method: 'POST', body: { bridgeId }, ...(token !== undefined && { token }) });
  const mine = Array.from({ length: 6 }, () => make(computer.bridgeId));
  const refused: Response[] = [];
  for (const promise of mine) void promise.then((response) => response.status === 429 && refused.push(response));
  await until(() => refused.length === 3);
  held.resolve();
  const statuses = (await Promise.all(mine)).map(({ status }) => status);
  assert.deepEqual(
    statuses.toSorted((a, b) => a - b),
    [200, 200, 200, 429, 429, 429],
  );
  assert.match(apiError.parse(await refused[0]?.json()).message, /You have 3 proxies.*delete one/);

  const token = await relay.tokenFor('user-second');
  const other = await engineBridge(relay, () => {}, { token });
  assert.equal((await make(other.bridgeId, token)).status, 200);
  const full = await make(other.bridgeId, token);
  assert.equal(full.status, 429);
  assert.match(apiError.parse(await full.json()).message, /This relay runs 4 proxies/);
  assert.equal(driver.alive, 4);
});

test('whoever goes away before the proxy is there leaves none behind', async (t) => {
  const { relay, computer, driver } = await startProxyRelay(t);
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  driver.before = () => {
    begun.resolve();
    return held.promise;
  };
  const leaving = new AbortController();
  const body = JSON.stringify({ bridgeId: computer.bridgeId });
  const headers = { authorization: `Bearer ${relay.token}`, 'content-type': 'application/json' };
  const asked = fetch(relay.url + CREATE, { method: 'POST', headers, body, signal: leaving.signal });
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      relay.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  await begun.promise;
  const before = await connections();
  leaving.abort();
  await assert.rejects(asked);
  await until(async () => (await connections()) < before);
  held.resolve();
  await until(() => driver.workers.length === 1 && driver.alive === 0 && relay.context.proxies.runningCount === 0);
});

test('a retry with the same Idempotency-Key gets the same proxy, and none is made twice', async (t) => {
  const { relay, computer, driver } = await startProxyRelay(t);
  const make = (key: string) =>
    fetch(relay.url + CREATE, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${relay.token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ bridgeId: computer.bridgeId }),
    });
  const first = await (await make('one')).text();
  const again = await make('one');
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  assert.equal(await again.text(), first);
  assert.equal(driver.alive, 1);

  // Its answer is lost: as if the relay had been killed before it was given.
  await relay.context.database.kysely.updateTable('idempotency_keys').set({ status: null, body: null }).execute();
  const anew = createProxyResponse.parse(await (await make('one')).json());
  const before = createProxyResponse.parse(JSON.parse(first));
  assert.equal(anew.proxyId, before.proxyId);
  assert.notEqual(anew.credentials.token, before.credentials.token);
  assert.equal(driver.alive, 1, 'the one whose token nobody may know has ended');
  const ask = ({ credentials }: typeof anew) =>
    askRaw(relay.url, `/proxy/${anew.proxyId}/api/tags`, { authorization: `Bearer ${credentials.token}` });
  assert.equal((await ask(before)).status, 401);
  assert.equal((await ask(anew)).status, 200);
});

test('a driver that makes none leaves nothing, and the place is free again', async (t) => {
  const { relay, computer, driver, create } = await startProxyRelay(t, { proxies: { maxPerUser: 1 } });
  driver.before = async () => {
    throw new Error('no more processes');
  };
  const failed = await relay.call(CREATE, { method: 'POST', body: { bridgeId: computer.bridgeId } });
  assert.equal(failed.status, 500);
  assert.doesNotMatch(await failed.text(), /no more processes/);
  driver.before = async () => {};
  await create();
});

test('making and ending one is in the audit log', async (t) => {
  const { relay, create } = await startProxyRelay(t);
  const { proxyId } = await create({}, { name: 'For Ada' });
  await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  const { events } = auditList.parse(await (await relay.call('/api/audit')).json());
  const [ended, created] = events.filter(({ target }) => target === proxyId);
  assert.deepEqual([created?.action, ended?.action, ended?.note], ['proxy_created', 'proxy_ended', 'deleted']);
  assert.match(created?.note ?? '', /^For Ada/);
  assert.ok(ended?.address !== undefined);
});
