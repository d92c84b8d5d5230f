import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { newId } from '@cloudtolocalllm/protocol';
import { WebSocket } from 'ws';
import { RelayError } from '../errors.ts';
import { startTestRelay } from '../test-relay.ts';

/** The value of a series as it is printed, such as `relay_bridges_connected` or one with its labels. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('counts answers by the pattern of their route, and never by what was asked for', async (t) => {
  const relay = await startTestRelay(t);
  for (const id of ['bridge-1', 'bridge-2']) await relay.call(`/api/bridge/${id}/status`);
  await relay.call('/api/me');
  for (const path of ['/api/canary-1', '/api/canary-2?canary', '/api/%63anary']) await relay.call(path);
  const text = await relay.context.metrics.text();
  const requests = (route: string, status: number) =>
    valueOf(text, `relay_http_requests_total{route="${route}",method="GET",status="${status}"}`);
  assert.equal(requests('/api/me', 200), 1);
  assert.equal(
    (requests('/api/bridge/:bridgeId/status', 404) ?? 0) + (requests('/api/bridge/:bridgeId/status', 400) ?? 0),
    2,
  );
  assert.equal(requests('none', 404), 3);
  assert.doesNotMatch(text, /canary|bridge-1/);
  assert.equal(valueOf(text, 'relay_http_request_duration_seconds_count{route="/api/me",method="GET"}'), 1);
});

test('says whom it refused and why', async (t) => {
  const relay = await startTestRelay(t, {
    config: { metrics: { listener: undefined, public: true } },
    extend: (app) =>
      void app.get('/api/test/limited', { config: { access: 'public' } }, () => {
        throw new RelayError('rate_limited', 'Too many requests');
      }),
  });
  await fetch(`${relay.url}/api/me`);
  await fetch(`${relay.url}/api/me`, { headers: { authorization: 'Bearer canary' } });
  assert.equal((await relay.call('/metrics', { token: await relay.tokenFor('ada') })).status, 403);
  await fetch(`${relay.url}/api/test/limited`);
  const address = `${relay.url.replace('http', 'ws')}/ws/bridge/${newId('bridge')}`;
  const socket = new WebSocket(address, ['c2l.v1', 'bearer.canary']);
  await once(socket, 'error');
  const text = await relay.context.metrics.text();
  const refused = (reason: string) => valueOf(text, `relay_http_requests_refused_total{reason="${reason}"}`);
  assert.deepEqual(['unauthorized', 'forbidden', 'rate_limited'].map(refused), [3, 1, 1]);
});

test('measures no stream and nothing that waits for an engine', async (t) => {
  const relay = await startTestRelay(t);
  assert.equal((await relay.call('/ollama/api/tags')).status, 503);
  const text = await relay.context.metrics.text();
  assert.equal(valueOf(text, 'relay_http_requests_total{route="/ollama/*",method="GET",status="503"}'), 1);
  assert.doesNotMatch(text, /duration_seconds_count\{route="\/ollama/);
});

test('counts answers in chat by how they ended', async (t) => {
  const relay = await startTestRelay(t, {
    chatModel: {
      async generate({ messages }, sink) {
        if (messages.at(-1)?.content === 'Fail.') throw new RelayError('engine_error', 'The engine stopped');
        sink.text('Hello.');
        return { totalTokens: 7, bridgeId: 'bridge-1' };
      },
    },
  });
  const created = await relay.call('/api/chat/conversations', { method: 'POST', body: { model: 'm' } });
  const { conversation } = (await created.json()) as { conversation: { id: string } }; // as: the relay's own answer
  const path = `/api/chat/conversations/${conversation.id}/messages`;
  for (const content of ['Hello?', 'Hello again?', 'Fail.']) {
    await (await relay.call(path, { method: 'POST', body: { content } })).text();
  }
  const text = await relay.context.metrics.text();
  assert.equal(valueOf(text, 'relay_generations_ended_total{outcome="complete"}'), 2);
  assert.equal(valueOf(text, 'relay_generations_ended_total{outcome="failed"}'), 1);
  assert.equal(valueOf(text, 'relay_generation_tokens_total'), 14);
  assert.equal(valueOf(text, 'relay_generations_running'), 0);
});

test('has the figures of the process and of what runs, also without a database', async (t) => {
  const relay = await startTestRelay(t);
  await relay.context.database[Symbol.asyncDispose]();
  const text = await relay.context.metrics.text();
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes']) {
    assert.ok((valueOf(text, name) ?? 0) > 0, name);
  }
  for (const name of ['relay_bridges_connected', 'relay_exchanges_running']) assert.equal(valueOf(text, name), 0);
  assert.match(text, /^relay_database_query_seconds Nan$/im);
});

test('two relays in one process count apart', async (t) => {
  const [one, other] = [await startTestRelay(t), await startTestRelay(t)];
  await one.call('/api/me');
  assert.match(await one.context.metrics.text(), /requests_total\{route="\/api\/me"/);
  assert.doesNotMatch(await other.context.metrics.text(), /requests_total\{/);
});
