import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailedHealth, health } from '@cloudtolocalllm/protocol';
import { HealthCheck, type HealthProbes } from './health-check.ts';

const WELL: HealthProbes = {
  query: async () => 0.44,
  disk: async () => 45.02,
  keys: async () => 2,
  loopback: async () => 0.31,
  connections: async () => 42,
  issuer: () => 'https://issuer.example/',
  draining: () => false,
  requestsPerMinute: () => 150,
  answerMs: () => 15.26,
  vitals: () => ({ cpuPercent: 5.04, delayMs: 3.21, settled: true }),
  links: () => ({ bridges: 3, exchanges: 2, roundTripsMs: [30, 2, 7] }),
  generations: () => 1,
  proxies: () => 4,
};

async function stateOf(changes: Partial<HealthProbes>) {
  const { status, services } = health.parse(await new HealthCheck({ ...WELL, ...changes }).summary());
  return { status, ...services };
}

const HEALTHY = { status: 'healthy', api: 'healthy', database: 'healthy', auth: 'healthy', streaming: 'healthy' };

test('is healthy when everything is', async () => {
  assert.deepEqual(await stateOf({}), HEALTHY);
});

test('a late event loop makes the API degraded, but not because of how the relay started', async () => {
  const late = { cpuPercent: 99, delayMs: 201 };
  const degraded = { ...HEALTHY, status: 'degraded', api: 'degraded' };
  assert.deepEqual(await stateOf({ vitals: () => ({ ...late, settled: true }) }), degraded);
  assert.deepEqual(await stateOf({ vitals: () => ({ ...late, settled: false }) }), HEALTHY);
  assert.deepEqual(await stateOf({ vitals: () => ({ ...late, delayMs: 199, settled: true }) }), HEALTHY);
});

test('a slow database or a disk that is nearly full is degraded, one that does not answer is unhealthy', async () => {
  const degraded = { ...HEALTHY, status: 'degraded', database: 'degraded' };
  assert.deepEqual(await stateOf({ query: async () => 1_001 }), degraded);
  assert.deepEqual(await stateOf({ disk: async () => 95.1 }), degraded);
  assert.deepEqual(await stateOf({ disk: async () => 94.9 }), HEALTHY);
  const unhealthy = { ...HEALTHY, status: 'unhealthy', database: 'unhealthy' };
  assert.deepEqual(await stateOf({ query: async () => undefined, disk: async () => 99 }), unhealthy);
});

test('without a key to verify tokens with, nobody can sign in', async () => {
  const unhealthy = { ...HEALTHY, status: 'unhealthy', auth: 'unhealthy' };
  assert.deepEqual(await stateOf({ keys: async () => 0 }), unhealthy);
  assert.deepEqual(await stateOf({ keys: () => Promise.reject(new Error('the issuer is down')) }), unhealthy);
});

test('a draining relay takes no streams', async () => {
  assert.deepEqual(await stateOf({ draining: () => true }), {
    ...HEALTHY,
    status: 'unhealthy',
    api: 'degraded',
    streaming: 'unhealthy',
  });
});

test('gives all figures with their units', async () => {
  const detailed = detailedHealth.parse(await new HealthCheck(WELL).detailed());
  const { timestamp, ...figures } = detailed;
  assert.match(timestamp, /^\d{4}-/);
  const { memoryUsage } = figures.services.api;
  assert.ok(Number.parseInt(memoryUsage, 10) > 10, memoryUsage);
  assert.deepEqual(figures, {
    status: 'healthy',
    services: {
      api: {
        status: 'healthy',
        responseTime: 15.3,
        memoryUsage,
        cpuUsage: '5%',
        eventLoopDelay: 3.2,
        activeConnections: 42,
        requestsPerMinute: 150,
      },
      database: { status: 'healthy', connections: 1, queryTime: 0.4 },
      auth: { status: 'healthy', issuer: 'https://issuer.example/', keys: 2 },
      streaming: { status: 'healthy', bridges: 3, exchanges: 2, generations: 1 },
    },
    infrastructure: { containerCount: 4, networkLatency: 7, diskUsage: '45%' },
  });
});

test('measures a connection within this computer when no bridge was pinged', async () => {
  const check = new HealthCheck({ ...WELL, links: () => ({ bridges: 1, exchanges: 0, roundTripsMs: [] }) });
  assert.equal((await check.detailed()).infrastructure.networkLatency, 0.3);
});

test('however often it is asked, it measures once a second, and never twice at a time', async () => {
  let now = 1_000;
  let queries = 0;
  const query = Promise.withResolvers<number>();
  const probes = { ...WELL, query: () => (queries++ === 0 ? query.promise : Promise.resolve(2)) };
  const check = new HealthCheck(probes, () => now);
  const first = [check.summary(), check.detailed()];
  now = 9_000;
  const late = check.summary();
  assert.equal(queries, 1);
  query.resolve(3);
  await Promise.all([...first, late]);
  now = 9_999;
  assert.equal((await check.detailed()).services.database.queryTime, 3);
  assert.equal(queries, 1);
  now = 10_000;
  assert.equal((await check.detailed()).services.database.queryTime, 2);
  assert.equal(queries, 2);
});
