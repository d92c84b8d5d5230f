import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { startTestRelay } from '../test-relay.ts';
import { openMetricsListener } from './metrics-listener.ts';

const SILENT = pino({ level: 'silent' });
const FIGURES = { text: async () => 'relay_up 1\n', contentType: 'text/plain; version=0.0.4; charset=utf-8' };
const ANYWHERE = { host: '127.0.0.1', port: 0 };

test('a listener of its own answers GET /metrics and nothing else', async () => {
  await using listener = await openMetricsListener({ ...ANYWHERE, metrics: FIGURES, log: SILENT });
  const answer = await fetch(`${listener.url}?match=1`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), FIGURES.contentType);
  assert.equal(await answer.text(), 'relay_up 1\n');
  const { origin } = new URL(listener.url);
  assert.equal((await fetch(listener.url, { method: 'POST', body: 'x'.repeat(100_000) })).status, 404);
  for (const path of ['/', '/api/health', '/metrics/', '/metricsx']) {
    assert.equal((await fetch(origin + path)).status, 404, path);
  }
  assert.equal((await fetch(listener.url, { headers: { x: 'x'.repeat(10_000) } })).status, 431);
});

test('says in the log where it is, hangs up when disposed, and says which port is taken', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const listener = await openMetricsListener({ ...ANYWHERE, metrics: FIGURES, log });
  assert.equal((JSON.parse(lines[0] ?? '{}') as { url?: string }).url, listener.url);
  const port = Number(new URL(listener.url).port);
  await assert.rejects(
    openMetricsListener({ ...ANYWHERE, port, metrics: FIGURES, log }),
    new RegExp(`Cannot open the listener for metrics at 127.0.0.1, port ${port}: choose another METRICS_PORT`),
  );
  await (await fetch(listener.url)).text();
  await listener[Symbol.asyncDispose]();
  await assert.rejects(fetch(listener.url));
});

test('figures that cannot be collected are a 500 without the reason', async () => {
  const metrics = { ...FIGURES, text: () => Promise.reject(new Error('the secret reason')) };
  await using listener = await openMetricsListener({ ...ANYWHERE, metrics, log: SILENT });
  const answer = await fetch(listener.url);
  assert.equal(answer.status, 500);
  assert.equal(await answer.text(), '');
});

test("they are on the relay's own listener only when asked for, and for its administrators alone", async (t) => {
  const relay = await startTestRelay(t);
  assert.equal((await relay.call('/metrics')).status, 404);
  const open = await startTestRelay(t, { config: { metrics: { listener: undefined, public: true } } });
  assert.equal((await fetch(`${open.url}/metrics`)).status, 401);
  assert.equal((await open.call('/metrics', { token: await open.tokenFor('ada') })).status, 403);
  const answer = await open.call('/metrics');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await answer.text(), /^relay_bridges_connected 0$/m);
});
