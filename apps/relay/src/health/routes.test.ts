import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailedHealth, health } from '@cloudtolocalllm/protocol';
import { startTestRelay } from '../test-relay.ts';

test('health is measured', async (t) => {
  const relay = await startTestRelay(t);
  const answer = await fetch(`${relay.url}/api/health`);
  assert.equal(answer.status, 200);
  const { status, metrics } = health.parse(await answer.json());
  assert.equal(status, 'healthy');
  assert(metrics.activeConnections >= 1);
  assert.equal(metrics.requestsPerMinute, 1);
});

test('a lost database makes the relay unhealthy, and its administrator still gets the figures', async (t) => {
  const relay = await startTestRelay(t);
  await relay.context.database[Symbol.asyncDispose]();
  const answer = await fetch(`${relay.url}/api/health`);
  assert.equal(answer.status, 503);
  const { status, services } = health.parse(await answer.json());
  assert.deepEqual([status, services.database, services.auth], ['unhealthy', 'unhealthy', 'healthy']);
  const detailed = await fetch(`${relay.url}/api/health/detailed`);
  assert.equal(detailed.status, 200);
  const { database } = detailedHealth.parse(await detailed.json()).services;
  assert.deepEqual(database, { status: 'unhealthy', connections: 0, queryTime: 0 });
});

test('the figures are those of this relay', async (t) => {
  const relay = await startTestRelay(t);
  await relay.call('/api/me');
  const { services, infrastructure } = detailedHealth.parse(
    await (await fetch(`${relay.url}/api/health/detailed`)).json(),
  );
  assert.ok(services.api.responseTime > 0);
  assert.equal(services.api.requestsPerMinute, 2);
  assert.ok(services.api.activeConnections >= 1);
  assert.equal(services.auth.issuer, relay.context.trustedIssuer.url);
  assert.ok(services.auth.keys >= 1);
  assert.deepEqual(services.streaming, { status: 'healthy', bridges: 0, exchanges: 0, generations: 0 });
  assert.match(infrastructure.diskUsage, /^\d+(\.\d+)?%$/);
  assert.ok(infrastructure.networkLatency < 1_000, `${infrastructure.networkLatency} ms`);
});

test('tells its figures through a proxy only to administrators', async (t) => {
  const relay = await startTestRelay(t);
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${relay.url}/api/health/detailed`, { headers: { 'x-forwarded-for': '203.0.113.7', ...headers } }))
      .status;
  assert.equal(await ask({}), 401);
  assert.equal(await ask({ authorization: `Bearer ${await relay.tokenFor('ada')}` }), 403);
  assert.equal(await ask({ authorization: `Bearer ${relay.token}` }), 200);
});
