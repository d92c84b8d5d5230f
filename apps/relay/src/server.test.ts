import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { apiError, health } from '@cloudtolocalllm/protocol';
import { pino } from 'pino';
import { z } from 'zod';
import { RelayError } from './errors.ts';
import { startTestRelay } from './test-relay.ts';

test('answers every refusal in the standard error format', async (t) => {
  const relay = await startTestRelay(t, {
    extend(app) {
      app.get('/api/test/crash', { config: { access: 'public' } }, () => {
        throw new Error('the secret reason');
      });
      app.get('/api/test/offline', { config: { access: 'public' } }, () => {
        throw new RelayError('bridge_offline', 'Cannot open exchange: bridge "studio-pc" is offline', {
          cause: new Error('hush'),
        });
      });
      const body = z.object({ name: z.string(), tags: z.array(z.string()) });
      app.post('/api/test/echo', { config: { access: 'public' }, schema: { body } }, (request) => request.body);
    },
  });
  const json = { 'content-type': 'application/json' };
  const post = (body: string, headers: Record<string, string> = json) => ({ method: 'POST', body, headers });
  const cases: [string, RequestInit, number, string][] = [
    ['/api/nothing', {}, 404, 'not_found'],
    ['/api/nothing', { headers: { accept: 'text/html' } }, 404, 'not_found'],
    ['/nothing.js', {}, 404, 'not_found'],
    ['/api/health', { method: 'POST' }, 405, 'method_not_allowed'],
    ['/api/bridge/bridge-x/status', { method: 'PUT' }, 405, 'method_not_allowed'],
    ['/api/%zz', {}, 400, 'bad_request'],
    ['/api/test/echo', post('{"name":'), 400, 'bad_request'],
    ['/api/test/echo', post(''), 400, 'bad_request'],
    ['/api/test/echo', post('{"__proto__":{}}'), 400, 'bad_request'],
    [
      '/api/test/echo',
      post('name=x', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported_media_type',
    ],
    ['/api/test/echo', post(JSON.stringify({ name: 'x'.repeat(3_000_000) })), 413, 'payload_too_large'],
    ['/api/test/echo', post('{"tags":["a",1]}'), 400, 'validation_failed'],
    ['/api/test/crash', {}, 500, 'internal_error'],
    ['/api/test/offline', {}, 503, 'bridge_offline'],
    ['/api/me', {}, 401, 'unauthorized'],
    ['/../../etc/passwd', {}, 404, 'not_found'],
  ];
  for (const [path, options, status, code] of cases) {
    const response = await fetch(relay.url + path, options);
    const body = apiError.parse(await response.json());
    assert.deepEqual([response.status, body.code, body.error], [status, status, code], path);
    assert.match(body.requestId ?? '', /^req-[0-9a-f-]{36}$/);
    assert.equal(response.headers.get('x-request-id'), body.requestId);
    assert.doesNotMatch(JSON.stringify(body), /secret reason|hush/);
    if (code === 'validation_failed') assert.deepEqual(Object.keys(body.details ?? {}).toSorted(), ['name', 'tags.1']);
  }
});

test('answers what is not HTTP at all in the same format', async (t) => {
  const relay = await startTestRelay(t);
  const socket = connect(Number(new URL(relay.url).port), '127.0.0.1');
  socket.end('HELLO THERE\r\n\r\n');
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1.1 400 Bad Request\r\n/);
  assert.equal(apiError.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).error, 'bad_request');
});

test('hangs up on what is not HTTP when the client does not', async (t) => {
  const relay = await startTestRelay(t);
  const accepted = once(relay.app.server, 'connection') as Promise<[Socket]>;
  const client = connect({ port: Number(new URL(relay.url).port), host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => client.destroy());
  client.write('HELLO THERE\r\n\r\n');
  const [socket] = await accepted;
  const closed = once(socket, 'close');
  assert.match(await text(client), /^HTTP\/1\.1 400 /);
  await closed;
});

test('an offline bridge or a broken engine is one line in the log, without a stack and without its words', async (t) => {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const relay = await startTestRelay(t, {
    log,
    extend(app) {
      for (const code of ['bridge_offline', 'engine_error'] as const) {
        app.get(`/api/test/${code}`, { config: { access: 'public' } }, () => {
          throw new RelayError(code, 'what the engine said', { cause: new Error('why it said so') });
        });
      }
    },
  });
  for (const code of ['bridge_offline', 'engine_error']) {
    lines.length = 0;
    const response = await fetch(`${relay.url}/api/test/${code}`);
    const { requestId } = apiError.parse(await response.json());
    const records = lines.map((line) => JSON.parse(line) as { level: number; reqId?: string; code?: string });
    assert.deepEqual(
      records.filter((record) => record.code === code).map(({ level, reqId }) => [level, reqId]),
      [[30, requestId]],
    );
    assert.doesNotMatch(lines.join(''), /said|stack/);
  }
});

test('keeps the detail of a failure, and no secret, in the log', async (t) => {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const relay = await startTestRelay(t, {
    log,
    extend: (app) =>
      void app.get('/api/test/crash', { config: { access: 'public' } }, () => {
        throw new Error('the secret reason');
      }),
  });
  const response = await fetch(`${relay.url}/api/test/crash?code=sesame`, {
    headers: { authorization: 'Bearer open' },
  });
  const { requestId } = apiError.parse(await response.json());
  await relay.app.close();
  const failure = lines.find((line) => line.includes('the secret reason'));
  assert.equal((JSON.parse(failure ?? '{}') as { reqId?: string }).reqId, requestId);
  assert.doesNotMatch(lines.join(''), /sesame|Bearer|open"/);
  assert(lines.some((line) => line.includes('"path":"/api/test/crash"') && line.includes('"status":500')));
});

test('health is measured', async (t) => {
  const relay = await startTestRelay(t);
  const first = await fetch(`${relay.url}/api/health`);
  assert.equal(first.status, 200);
  const { status, metrics } = health.parse(await first.json());
  assert.equal(status, 'healthy');
  assert(metrics.activeConnections >= 1);
  assert.equal(metrics.requestsPerMinute, 1);
  await relay.context.database[Symbol.asyncDispose]();
  const broken = await fetch(`${relay.url}/api/health`);
  assert.equal(broken.status, 503);
  const { services, metrics: later } = health.parse(await broken.json());
  assert.equal(services.database, 'unhealthy');
  assert.equal(later.requestsPerMinute, 2);
});

test('draining waits for what runs, up to the grace period', async (t) => {
  const relay = await startTestRelay(t, { config: { shutdownGraceMs: 50 } });
  const { lifecycle } = relay.context;
  const events: string[] = [];
  lifecycle.onDrain(async (signal, graceMs) => {
    assert.equal(graceMs, 50);
    events.push('told');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    events.push('grace over');
  });
  assert.equal(lifecycle.draining, false);
  const drained = lifecycle.drain();
  assert.equal(lifecycle.draining, true);
  assert.equal(health.parse(await (await fetch(`${relay.url}/api/health`)).json()).services.streaming, 'unhealthy');
  await drained;
  assert.deepEqual(events, ['told', 'grace over']);
});
