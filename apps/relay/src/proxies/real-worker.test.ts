import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { createProxyResponse, proxyStatus, type ProxyConfig } from '@cloudtolocalllm/protocol';
import { answer, type EngineAsked, engineBridge } from '../models/test-engine-bridge.ts';
import { startTestRelay } from '../test-relay.ts';
import { until } from './test-proxies.ts';

/** Processes that this one has started. */
async function children(): Promise<number[]> {
  const threads = await readdir('/proc/self/task');
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/self/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

/** A relay whose proxies are processes. */
async function stage(t: TestContext, respond: (asked: EngineAsked) => void) {
  const relay = await startTestRelay(t);
  const { bridgeId, asked } = await engineBridge(relay, respond);
  return {
    relay,
    asked,
    async create(config: ProxyConfig = {}) {
      const response = await relay.call('/api/streaming/proxy/create', { method: 'POST', body: { bridgeId, config } });
      assert.equal(response.status, 200, await response.clone().text());
      const { proxyId, credentials } = createProxyResponse.parse(await response.json());
      const headers = { authorization: `Bearer ${credentials.token}` };
      return {
        proxyId,
        ask: (path: string, body = '{}') =>
          fetch(`${relay.url}/proxy/${proxyId}${path}`, { method: 'POST', headers, body }),
      };
    },
    async status(proxyId: string) {
      return proxyStatus.parse(await (await relay.call(`/api/streaming/proxy/${proxyId}/status`)).json());
    },
  };
}

test('a process holds its proxy to its limits, and what it refuses is an error of the dialect', async (t) => {
  const { create, asked, status, relay } = await stage(t, (one) => answer(one, 200, { ok: true }));
  const { proxyId, ask } = await create({ paths: ['/v1/*'], maxRequests: 1 });
  const denied = await ask('/api/chat');
  assert.equal(denied.status, 403);
  assert.deepEqual(Object.keys((await denied.json()) as object), ['error']);
  for (const path of ['/v1/%2e%2e/api/chat', '/v1/..%2fapi/chat', '/v1//api/chat']) {
    assert.equal((await ask(path)).status, 403, path);
  }
  assert.equal(asked.length, 0, 'the engine never saw them');
  const first = await ask('/v1/chat/completions');
  assert.equal(await first.text(), '{"ok":true}');
  const second = await ask('/v1/chat/completions');
  assert.equal(second.status, 429);
  assert.match(await second.text(), /^\{"error":\{"message":".*1\b/);
  assert.equal(asked.length, 1);
  await relay.call(`/api/streaming/proxy/${proxyId}`, { method: 'DELETE' });
  const { metrics, resources } = await status(proxyId);
  assert.deepEqual([metrics.requests, metrics.bytesTransferred], [6, 2 + 11]);
  assert.match(resources.memoryUsage, /^[1-9]\d*MB$/);
});

test('a limit of tokens is passed by one answer that is not streamed, and not by as many as are asked for', async (t) => {
  const begun = Promise.withResolvers<EngineAsked>();
  const { create, asked } = await stage(t, (one) => begun.resolve(one));
  const { ask } = await create({ maxTokens: 5 });
  const requests = Array.from({ length: 40 }, () => ask('/api/chat', '{"stream":false}'));
  let refused = 0;
  for (const request of requests) void request.then(({ status }) => status === 429 && refused++);
  const first = await begun.promise;
  await until(() => refused === 39);
  answer(first, 200, { done: true, eval_count: 7 });
  const statuses = (await Promise.all(requests)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 1);
  const after = await ask('/api/chat', '{"stream":false}');
  assert.equal(after.status, 429);
  assert.match(await after.text(), /has generated its 5 tokens/);
  assert.equal(asked.length, 1);
});

test('a process that is killed takes its answers with it, and no other proxy', async (t) => {
  const { create, status, relay } = await stage(t, ({ exchange }) => {
    exchange.head(200, ['content-type', 'application/octet-stream']);
    exchange.write(Buffer.from('beginning'));
  });
  const before = new Set(await children());
  const victim = await create();
  const pid = (await children()).find((child) => !before.has(child));
  assert.ok(pid !== undefined, 'a proxy is a process');
  const other = await create();
  const [broken, going] = [await victim.ask('/api/chat'), await other.ask('/api/chat')];
  process.kill(pid, 'SIGKILL');
  await assert.rejects(broken.text());
  await until(() => relay.context.proxies.runningCount === 1);
  const { status: state, reason } = await status(victim.proxyId);
  assert.deepEqual([state, reason], ['crashed', 'killed']);
  assert.equal((await status(other.proxyId)).status, 'running');
  await going.body?.cancel();
  await relay.call(`/api/streaming/proxy/${other.proxyId}`, { method: 'DELETE' });
  assert.deepEqual(
    (await children()).filter((child) => !before.has(child)),
    [],
    'and nothing is left',
  );
});
