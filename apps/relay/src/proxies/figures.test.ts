import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsWith } from '../limits/test-limits.ts';
import { TestDevice } from '../realtime/test-device.ts';
import { startProxyRelay, until } from './test-proxies.ts';

const MEGABYTE = 1024 ** 2;
const MEASURED = {
  requests: 4,
  errors: 1,
  running: 1,
  bytesIn: 100,
  bytesOut: 900,
  answered: 3,
  waitedMs: 361,
  tokens: 30,
};
const SHOWN = { requests: 4, bytesTransferred: 1000, avgResponseTime: 120, errorRate: 0.25, tokens: 30, running: 1 };

test('shows what the worker has measured and what the system has counted of its process', async (t) => {
  const { create, status, driver, clock } = await startProxyRelay(t);
  const { proxyId } = await create();
  const worker = driver.workers[0]!; // the one that was made
  assert.deepEqual((await status(proxyId)).resources, { memoryUsage: '48MB', cpuUsage: '0%' });
  worker.measured(MEASURED);
  worker.used = { memoryBytes: 50 * MEGABYTE, cpuSeconds: 0.3 };
  clock.now += 2_000;
  await until(async () => (await status(proxyId)).metrics.requests === 4);
  const shown = await status(proxyId);
  assert.deepEqual(shown.metrics, SHOWN);
  assert.deepEqual(shown.resources, { memoryUsage: '50MB', cpuUsage: '15%' });
  assert.equal(shown.uptime, 2);
});

test('is measured when it is made, so that the first look at it has a share of time', async (t) => {
  const { create, status, driver, clock, relay } = await startProxyRelay(t);
  const { proxyId } = await create();
  const row = await relay.context.proxies.store.find(relay.context.issuer!.user.id, proxyId); // its own issuer
  assert.deepEqual(JSON.parse(row?.resources ?? ''), { memoryUsage: '48MB', cpuUsage: '0%' });
  driver.workers[0]!.used = { memoryBytes: 50 * MEGABYTE, cpuSeconds: 0.5 }; // the one that was made
  clock.now += 2_000;
  assert.deepEqual((await status(proxyId)).resources, { memoryUsage: '50MB', cpuUsage: '25%' });
});

test('counts what a limit refused to its token, before it came to its process', async (t) => {
  const { create, ask, status, relay } = await startProxyRelay(t, {
    config: { limits: limitsWith({ bridgePerHour: 3, streamsPerUser: 1 }) }, // its bridge's connection counts as well
    respond: ({ exchange }) => exchange.head(200, []),
  });
  const made = await create();
  const held = await ask(made, '/api/chat', { method: 'POST', body: '{}' });
  const refused = [await ask(made, '/api/tags'), await ask(made, '/api/tags')];
  assert.deepEqual(
    refused.map((response) => response.status),
    [429, 429],
  );
  assert.match(await refused[0]!.text(), /streams/); // there are two
  assert.doesNotMatch(await refused[1]!.text(), /streams/);
  const { requests, errorRate } = (await status(made.proxyId)).metrics;
  assert.deepEqual([requests, errorRate], [2, 1], "the test's worker counts none itself");
  await held.body?.cancel();
  await until(() => relay.context.limits.streams.size === 0);
});

test('keeps the last figures after its end; what ran then has broken off', async (t) => {
  const { create, status, driver, clock, relay } = await startProxyRelay(t);
  const { proxyId } = await create();
  const worker = driver.workers[0]!; // the one that was made
  worker.measured(MEASURED);
  await until(async () => (await status(proxyId)).metrics.requests === 4);
  worker.used = { memoryBytes: 20 * MEGABYTE, cpuSeconds: 1 };
  clock.now += 10_000;
  await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  clock.now += 60_000;
  const shown = await status(proxyId);
  assert.deepEqual(shown.metrics, { ...SHOWN, errorRate: 0.5, running: 0 });
  assert.deepEqual(shown.resources, { memoryUsage: '20MB', cpuUsage: '10%' });
  assert.equal(shown.uptime, 10);
});

test('an end waits for what its worker has measured of the last request', async (t) => {
  const { create, ask, status, driver, relay } = await startProxyRelay(t);
  const made = await create();
  await (await ask(made, '/api/tags')).text();
  const deleted = relay.call(`/api/streaming/proxy/${made.proxyId}`, { method: 'DELETE' });
  await until(() => relay.context.proxies.authenticate(made.proxyId, made.credentials.token) === undefined);
  driver.workers[0]?.measured({ requests: 1, answered: 1, bytesOut: 11 });
  await deleted;
  const { requests, bytesTransferred } = (await status(made.proxyId)).metrics;
  assert.deepEqual([requests, bytesTransferred], [1, 11]);
});

test('keeps the figures of those that were used every few seconds, in case the relay is killed', async (t) => {
  const { create, status, driver, relay, ticker } = await startProxyRelay(t);
  const { proxyId } = await create();
  driver.workers[0]?.measured(MEASURED);
  await until(async () => (await status(proxyId)).metrics.requests === 4);
  const stored = async () => {
    const row = await relay.context.proxies.store.find(relay.context.issuer!.user.id, proxyId); // its own issuer
    return (JSON.parse(row?.metrics ?? '{}') as { requests?: number }).requests; // ours
  };
  ticker.tick();
  assert.equal(await stored(), 0);
  for (let ticks = 1; ticks < 5; ticks++) ticker.tick();
  await until(async () => (await stored()) === 4);
});

test("tells its owner's devices when it begins, moves and ends, and nobody else's", async (t) => {
  const { create, driver, relay, ticker, clock } = await startProxyRelay(t);
  const userId = relay.context.issuer!.user.id; // its own issuer
  const device = await TestDevice.connect(`${relay.url}/ws/status/${userId}`, relay.token);
  const strange = await relay.tokenFor('user-stranger');
  const stranger = await TestDevice.connect(`${relay.url}/ws/status/user-stranger`, strange);
  t.after(() => [device, stranger].forEach(({ socket }) => socket.close()));
  await device.next();
  await stranger.next();
  const { proxyId } = await create();
  const begun = (await device.until('proxy')).payload.proxy;
  assert.deepEqual([begun.proxyId, begun.status], [proxyId, 'running']);

  driver.workers[0]?.measured(MEASURED);
  driver.workers[0]?.measured({ ...MEASURED, tokens: 31 });
  await until(() => relay.context.proxies.running(userId, proxyId)!.changes === 2); // it runs
  clock.now += 1_000;
  ticker.tick();
  assert.equal((await device.until('proxy')).payload.proxy.metrics.tokens, 31);
  ticker.tick();
  ticker.tick();

  await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  const ended = (await device.until('proxy')).payload.proxy;
  assert.deepEqual([ended.status, ended.reason], ['terminated', 'deleted'], 'nothing was told while nothing moved');
  assert.deepEqual(
    stranger.told.map(({ type }) => type),
    ['ready'],
  );
});

test('an answer that was an error and then broke off counts once', async (t) => {
  const { create, status, driver, relay } = await startProxyRelay(t);
  const { proxyId } = await create();
  driver.workers[0]?.measured({ requests: 1, errors: 1, running: 1, answered: 1 });
  await until(async () => (await status(proxyId)).metrics.requests === 1);
  await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  const { errorRate, running } = (await status(proxyId)).metrics;
  assert.deepEqual({ errorRate, running }, { errorRate: 1, running: 0 });
});

test('health and metrics count those that are alive', async (t) => {
  const { create, relay } = await startProxyRelay(t);
  const { proxyId } = await create();
  await create();
  const counts = async () => {
    const health = (await (await relay.call('/api/health/detailed')).json()) as {
      infrastructure: { containerCount: number };
    }; // by schema
    const [, gauge] = /^relay_proxies_running (\d+)$/m.exec(await relay.context.metrics.text()) ?? [];
    return [health.infrastructure.containerCount, Number(gauge)];
  };
  assert.deepEqual(await counts(), [2, 2]);
  await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  const [, gauge] = await counts();
  assert.equal(gauge, 1);
});
