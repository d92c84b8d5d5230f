import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyList } from '@cloudtolocalllm/protocol';
import { sql } from 'kysely';
import { createContext } from '../context.ts';
import { makeKey } from '../keys/test-keys.ts';
import type { EngineAsked } from '../models/test-engine-bridge.ts';
import { sweepProxies } from './proxy-recovery.ts';
import { type ProxyRelay, startProxyRelay, until } from './test-proxies.ts';
import { TestDriver } from './test-driver.ts';

/** An engine that begins an answer and never ends it. */
function endless({ exchange }: EngineAsked): void {
  exchange.head(200, ['content-type', 'application/octet-stream']);
  exchange.write(Buffer.from('beginning'));
}

/** Begins an endless answer through a new proxy; `broken` rejects when it breaks off. */
async function streaming({ create, ask }: ProxyRelay, config: Parameters<ProxyRelay['create']>[0] = {}) {
  const made = await create(config);
  const response = await ask(made, '/api/chat', { method: 'POST', body: '{}' });
  const broken = assert.rejects(response.text(), 'an answer that breaks off looks like no whole one');
  return { ...made, broken };
}

async function endOf({ status }: ProxyRelay, proxyId: string) {
  const shown = await status(proxyId);
  return [shown.status, shown.reason, shown.detail];
}

test('deleted in mid-stream: what it answers breaks off, its process is gone, another goes on', async (t) => {
  const stage = await startProxyRelay(t, { respond: endless });
  const { relay, driver, computer, ask } = stage;
  const other = await stage.create();
  const going = await ask(other, '/api/chat', { method: 'POST', body: '{}' });
  const { proxyId, broken, ...made } = await streaming(stage);
  const remove = () => relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  const deleted = await remove();
  assert.deepEqual(await deleted.json(), { success: true, message: 'Proxy terminated and resources cleaned up' });
  await broken;
  assert.equal(await computer.asked[1]?.reset, 'cancelled');
  assert.equal(driver.alive, 1);
  assert.deepEqual(await endOf(stage, proxyId), ['terminated', 'deleted', undefined]);
  assert.equal((await ask({ proxyId, ...made }, '/api/tags')).status, 401);
  assert.equal((await remove()).status, 200, 'it is what it should be');
  assert.equal((await stage.status(other.proxyId)).status, 'running');
  await going.body?.cancel();
});

test('deleted while what it uses cannot be measured, it breaks off all the same', async (t) => {
  const stage = await startProxyRelay(t, { respond: endless });
  const { proxyId, broken } = await streaming(stage);
  t.mock.method(stage.driver.workers[0]!, 'usage', () => new Promise(() => {})); // it was made
  const deleted = await stage.relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  assert.equal(deleted.status, 200);
  await broken;
  assert.deepEqual(await endOf(stage, proxyId), ['terminated', 'deleted', undefined]);
});

test('one whose end cannot be stored is not shown as running, and is stored as soon as that works', async (t) => {
  const stage = await startProxyRelay(t);
  const { relay, ticker } = stage;
  const { kysely } = relay.context.database;
  const { proxyId } = await stage.create();
  await sql`create trigger full before update of status on proxies begin select raise(abort, 'disk full'); end`.execute(
    kysely,
  );
  await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  assert.deepEqual(await endOf(stage, proxyId), ['terminated', 'deleted', undefined]);
  const { proxies: listed } = (await (await relay.call('/api/streaming/proxy')).json()) as ProxyList;
  assert.deepEqual(
    listed.map(({ status, reason }) => [status, reason]),
    [['terminated', 'deleted']],
  );
  await sql`drop trigger full`.execute(kysely);
  const stored = kysely.selectFrom('proxies').select(['status', 'reason']);
  await until(async () => {
    ticker.tick();
    return (await stored.executeTakeFirst())?.status === 'terminated';
  });
  assert.deepEqual(await stored.execute(), [{ status: 'terminated', reason: 'deleted' }]);
  const ended = kysely.selectFrom('audit_events').select('target').where('action', '=', 'proxy_ended');
  assert.deepEqual(await ended.execute(), [{ target: proxyId }], 'and once only');
});

test("another person's is not there to be deleted", async (t) => {
  const { relay, create, driver } = await startProxyRelay(t);
  const { proxyId } = await create();
  const token = await relay.tokenFor('user-stranger');
  assert.equal((await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE', token })).status, 404);
  assert.equal((await relay.call(`/api/streaming/proxy/${proxyId}/status`, { token })).status, 404);
  assert.equal(driver.alive, 1);
});

test('ends when nobody has used it for so long, and not while it answers', async (t) => {
  const stage = await startProxyRelay(t, { respond: endless });
  const { clock, ticker, relay } = stage;
  const idle = await stage.create({ timeout: 60 });
  const { proxyId, broken } = await streaming(stage, { timeout: 60 });
  clock.now += 59_000;
  ticker.tick();
  assert.equal(relay.context.proxies.runningCount, 2);
  clock.now += 1_000;
  ticker.tick();
  await until(() => relay.context.proxies.runningCount === 1);
  assert.deepEqual(await endOf(stage, idle.proxyId), ['terminated', 'timeout', undefined]);
  clock.now += 600_000;
  ticker.tick();
  assert.deepEqual(await endOf(stage, proxyId), ['running', undefined, undefined]);
  await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  await broken;
});

test('ends when its lifetime is over, whatever it does', async (t) => {
  const stage = await startProxyRelay(t, { respond: endless });
  const { proxyId, broken } = await streaming(stage, { lifetime: 600, timeout: 3600 });
  stage.clock.now += 600_000;
  stage.ticker.tick();
  await broken;
  await until(() => stage.relay.context.proxies.runningCount === 0);
  assert.deepEqual(await endOf(stage, proxyId), ['terminated', 'expired', undefined]);
  assert.equal((await stage.status(proxyId)).uptime, 600);
});

test('ends with its computer, and with the key that made it', async (t) => {
  const stage = await startProxyRelay(t);
  const { relay, computer } = stage;
  const { key, secret } = await makeKey(relay, { scopes: ['proxies'] });
  const body = { bridgeId: computer.bridgeId };
  const byKey = await relay.call('/api/streaming/proxy/create', { method: 'POST', body, token: secret });
  const { proxyId } = (await byKey.json()) as { proxyId: string }; // by schema
  const own = await stage.create();
  await relay.call(`/api/keys/${key.id}`, { method: 'DELETE' });
  assert.deepEqual(await endOf(stage, proxyId), ['terminated', 'revoked', undefined]);
  assert.deepEqual(await endOf(stage, own.proxyId), ['running', undefined, undefined]);
  await relay.call(`/api/bridge/${computer.bridgeId}`, { method: 'DELETE' });
  assert.deepEqual(await endOf(stage, own.proxyId), ['terminated', 'revoked', undefined]);
  assert.equal(stage.driver.alive, 0);
});

test('a computer that is removed while a proxy to it is being made gets none', async (t) => {
  const { relay, computer, driver } = await startProxyRelay(t);
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  driver.before = () => {
    begun.resolve();
    return held.promise;
  };
  const body = { bridgeId: computer.bridgeId };
  const making = relay.call('/api/streaming/proxy/create', { method: 'POST', body });
  await begun.promise;
  await relay.call(`/api/bridge/${computer.bridgeId}`, { method: 'DELETE' });
  held.resolve();
  assert.equal((await making).status, 503);
  assert.equal(driver.alive, 0);
  assert.equal(relay.context.proxies.runningCount, 0);
});

for (const [cause, detail] of [
  ['out_of_memory', 'It used more than 512MB.'],
  ['killed', 'It was ended by SIGKILL.'],
  ['failed', 'It ended with code 1.'],
] as const) {
  test(`a process that ends by itself (${cause}) is reported, and others don't notice`, async (t) => {
    const stage = await startProxyRelay(t, { respond: endless });
    const { driver, computer, relay } = stage;
    const other = await stage.create();
    const { proxyId, broken } = await streaming(stage);
    driver.workers[1]?.die({ cause, detail });
    await broken;
    await until(() => relay.context.proxies.runningCount === 1);
    assert.equal(await computer.asked[0]?.reset, 'cancelled');
    assert.deepEqual(await endOf(stage, proxyId), ['crashed', cause, detail]);
    assert.equal((await stage.status(other.proxyId)).status, 'running');
    assert.match(await relay.context.metrics.text(), new RegExp(`relay_proxies_ended_total\\{reason="${cause}"\\} 1`));
  });
}

test('a request whose proxy dies before it was answered is told so', async (t) => {
  const stage = await startProxyRelay(t, { respond: () => {} });
  const made = await stage.create();
  const asked = stage.ask(made, '/v1/chat/completions', { method: 'POST', body: '{}' });
  await until(() => stage.computer.asked.length === 1);
  stage.driver.workers[0]?.die({ cause: 'killed', detail: 'It was killed.' });
  const response = await asked;
  assert.equal(response.status, 503);
  assert.match(await response.text(), /"message":"This proxy/);
});

test('a process that speaks nonsense is ended', async (t) => {
  const stage = await startProxyRelay(t);
  const { proxyId } = await stage.create();
  stage.driver.workers[0]?.babble();
  await until(() => stage.relay.context.proxies.runningCount === 0);
  assert.deepEqual((await endOf(stage, proxyId)).slice(0, 2), ['crashed', 'failed']);
  assert.equal(stage.driver.alive, 0);
});

test('a process that hangs is ended, and reported; one that takes what it is sent is not', async (t) => {
  const stage = await startProxyRelay(t, { respond: endless });
  const { driver, ticker, relay } = stage;
  const { proxies, issuer } = relay.context;
  const [other, { proxyId, broken, ...made }] = [await streaming(stage), await streaming(stage)];
  // Nothing is on its way any more.
  for (const id of [other.proxyId, proxyId]) {
    await until(() => proxies.running(issuer!.user.id, id)?.countSilence() === 0); // its own issuer
  }
  driver.workers[1]?.hang();
  const stuck = stage.ask({ proxyId, ...made }, '/api/tags');
  await until(() => {
    ticker.tick();
    return proxies.runningCount === 1;
  });
  await broken;
  assert.equal((await stuck).status, 503);
  assert.deepEqual(await endOf(stage, proxyId), ['crashed', 'failed', 'Its process did not answer any more.']);
  assert.deepEqual(await endOf(stage, other.proxyId), ['running', undefined, undefined]);
  assert.equal(driver.alive, 1);
  await relay.call(`/api/streaming/proxy/${other.proxyId}`, { method: 'DELETE' });
  await other.broken;
});

test('a relay that stops lets answers end within the grace period, then ends all', async (t) => {
  const stage = await startProxyRelay(t, { respond: () => {}, config: { shutdownGraceMs: 60_000 } });
  const { relay, computer, driver } = stage;
  const made = await stage.create();
  const asked = stage.ask(made, '/api/chat', { method: 'POST', body: '{}' });
  await until(() => computer.asked.length === 1);
  const drained = relay.context.lifecycle.drain();
  const refused = await relay.call('/api/streaming/proxy/create', {
    method: 'POST',
    body: { bridgeId: computer.bridgeId },
  });
  assert.equal(refused.status, 503);
  assert.equal(driver.alive, 1);
  const { exchange } = computer.asked[0]!; // it was asked
  exchange.head(200, []);
  exchange.write(Buffer.from('whole'));
  exchange.end();
  assert.equal(await (await asked).text(), 'whole');
  await drained;
  assert.equal(driver.alive, 0);
  assert.deepEqual(await endOf(stage, made.proxyId), ['terminated', 'relay_stopped', undefined]);
});

test('what still answers when the grace period is over breaks off', async (t) => {
  const stage = await startProxyRelay(t, { respond: endless, config: { shutdownGraceMs: 1 } });
  const { broken } = await streaming(stage);
  await stage.relay.context.lifecycle.drain();
  await broken;
  assert.equal(stage.driver.alive, 0);
});

test('what a relay that was killed left running has ended, and the driver sweeps', async (t) => {
  const stage = await startProxyRelay(t);
  const { context } = stage.relay;
  const made = await stage.create({ lifetime: 600 });
  const userId = context.issuer!.user.id; // its own issuer
  await context.database.kysely
    .updateTable('proxies')
    .set({ metrics: JSON.stringify({ ...(await stage.status(made.proxyId)).metrics, requests: 7, running: 2 }) })
    .execute();
  const driver = new TestDriver();
  const next = await createContext(context.config, {
    database: context.database,
    proxyDriver: driver,
    proxyClock: () => stage.clock.now + 3_600_000,
  });
  t.after(() => next[Symbol.asyncDispose]());
  const row = await next.proxies.store.find(userId, made.proxyId);
  assert.deepEqual([row?.status, row?.reason], ['terminated', 'relay_stopped']);
  assert.equal(row?.ended, new Date(stage.clock.now + 600_000).toISOString(), 'no later than it might have lived');
  const { requests, running } = JSON.parse(row?.metrics ?? '') as { requests: number; running: number }; // ours
  assert.deepEqual([requests, running], [7, 0]);
  await until(() => driver.sweeps > 0);
  assert.equal(next.proxies.authenticate(made.proxyId, made.credentials.token), undefined);
});

test('history is kept for 30 days', async (t) => {
  const stage = await startProxyRelay(t);
  const { context } = stage.relay;
  const [old, young, alive] = [await stage.create(), await stage.create(), await stage.create()];
  for (const [{ proxyId }, days] of [
    [old, 31],
    [young, 29],
  ] as const) {
    await stage.relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
    const ended = new Date(stage.clock.now - days * 24 * 3600 * 1000).toISOString();
    await context.database.kysely.updateTable('proxies').set({ ended }).where('id', '=', proxyId).execute();
  }
  await sweepProxies(context.proxies.store, stage.clock.now);
  const rows = await context.database.kysely.selectFrom('proxies').select('id').execute();
  assert.deepEqual(new Set(rows.map(({ id }) => id)), new Set([young.proxyId, alive.proxyId]));
});
