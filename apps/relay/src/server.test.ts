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
  const bytes = (body: string) => ({ method: 'POST', body: new TextEncoder().encode(body) });
  const post = (body: string, headers: Record<string, string> = json) => ({ method: 'POST', body, headers });
  const cases: [string, RequestInit, number, string][] = [
    ['/api/nothing', {}, 404, 'not_found'],
    ['/api/nothing', { headers: { accept: 'text/html' } }, 404, 'not_found'],
    ['/nothing.js', {}, 404, 'not_found'],
    ['/api/nothing', post('{"name":'), 404, 'not_found'],
    ['/api/nothing', post('{}', { 'content-type': 'text/plain' }), 404, 'not_found'],
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
    ['/api/test/echo', post('{"name":"x","tags":[],"more":{"__proto__":{"a":1}}}'), 400, 'bad_request'],
    ['/api/test/echo', post('{"constructor":{"prototype":{"a":1}}}'), 400, 'bad_request'],
    ['/api/test/echo', post('"text"'), 400, 'validation_failed_whole'],
    ['/api/test/echo', post('{}', { 'content-type': 'text/plain' }), 415, 'unsupported_media_type'],
    ['/api/test/echo', post('{}', { 'content-type': 'application/json+x' }), 415, 'unsupported_media_type'],
    ['/api/test/echo', post('{}', { 'content-type': ';;' }), 415, 'unsupported_media_type'],
    ['/api/test/echo', bytes('{}'), 415, 'unsupported_media_type'],
    ['/api/test/echo', { method: 'POST' }, 400, 'validation_failed_whole'],
    ['/api/test/echo', post(JSON.stringify({ name: 'x'.repeat(3_000_000) })), 413, 'payload_too_large'],
    ['/api/test/echo', post('{"tags":["a",1]}'), 400, 'validation_failed'],
    ['/api/test/crash', {}, 500, 'internal_error'],
    ['/api/test/offline', {}, 503, 'bridge_offline'],
    ['/api/me', {}, 401, 'unauthorized'],
    ['/../../etc/passwd', {}, 404, 'not_found'],
    [`/api/bridge/${'x'.repeat(500)}/status`, {}, 404, 'not_found'],
    ['/api/bridge', { method: 'OPTIONS' }, 405, 'method_not_allowed'],
    ['/api/bridge/register', { method: 'GET' }, 405, 'method_not_allowed'],
  ];
  for (const [path, options, status, code] of cases) {
    const response = await fetch(relay.url + path, options);
    const body = apiError.parse(await response.json());
    const error = code === 'validation_failed_whole' ? 'validation_failed' : code;
    assert.deepEqual([response.status, body.code, body.error], [status, status, error], path);
    if (status === 405) assert.match(response.headers.get('allow') ?? '', /^[A-Z]+(, [A-Z]+)*$/);
    assert.deepEqual([response.headers.get('server'), response.headers.get('x-powered-by')], [null, null]);
    assert.match(body.requestId ?? '', /^req-[0-9a-f-]{36}$/);
    assert.equal(response.headers.get('x-request-id'), body.requestId);
    assert.doesNotMatch(JSON.stringify(body), /secret reason|hush/);
    if (code === 'validation_failed') assert.deepEqual(Object.keys(body.details ?? {}).toSorted(), ['name', 'tags.1']);
  }
});

/** What a raw request gets for an answer, on a connection that the relay closes. */
async function exchangeRaw(url: string, request: string): Promise<{ head: string; body: string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  socket.write(request);
  const [head = '', ...body] = (await text(socket)).split('\r\n\r\n');
  return { head, body: body.join('\r\n\r\n') };
}

const CLOSE = 'Host: relay\r\nConnection: close\r\n';
const POST = `POST /api/bridge/register HTTP/1.1\r\n${CLOSE}Content-Type: application/json\r\n`;
const UPGRADE =
  'Host: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
const rawCases: [name: string, request: string, status: number, error: string][] = [
  ['an unknown method', `FOO /api/me HTTP/1.1\r\n${CLOSE}\r\n`, 400, 'bad_request'],
  ['TRACE', `TRACE /api/me/limits HTTP/1.1\r\n${CLOSE}\r\n`, 405, 'method_not_allowed'],
  ['PROPFIND', `PROPFIND /api/me/limits HTTP/1.1\r\n${CLOSE}\r\n`, 405, 'method_not_allowed'],
  ['M-SEARCH at no path', `M-SEARCH /api/nothing HTTP/1.1\r\n${CLOSE}\r\n`, 404, 'not_found'],
  [
    'QUERY without a type',
    `QUERY /api/me/limits HTTP/1.1\r\n${CLOSE}Content-Length: 0\r\n\r\n`,
    405,
    'method_not_allowed',
  ],
  ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${CLOSE}\r\n`, 405, 'method_not_allowed'],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${CLOSE}\r\n`, 404, 'not_found'],
  ['no Host', 'GET /api/health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'bad_request'],
  ['300 headers', `GET /api/health HTTP/1.1\r\n${CLOSE}${'a: b\r\n'.repeat(300)}\r\n`, 431, 'headers_too_large'],
  ['20,000 headers', `GET /api/health HTTP/1.1\r\n${CLOSE}${'a: b\r\n'.repeat(20_000)}\r\n`, 431, 'headers_too_large'],
  ['a huge header', `GET /api/health HTTP/1.1\r\n${CLOSE}a: ${'x'.repeat(70_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ['a huge path', `GET /${'x'.repeat(70_000)} HTTP/1.1\r\n${CLOSE}\r\n`, 431, 'headers_too_large'],
  ['a NUL in a header', `GET /api/health HTTP/1.1\r\n${CLOSE}a: \0\r\n\r\n`, 400, 'bad_request'],
  ['a bare line feed', `GET /api/health HTTP/1.1\r\n${CLOSE}a: b\nc: d\r\n\r\n`, 400, 'bad_request'],
  ['two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`, 400, 'bad_request'],
  ['length and chunks', `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`, 400, 'bad_request'],
  ['chunks that are none, without a token', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}`, 400, 'bad_request'],
  ['an unknown version', `GET /api/health HTTP/3.7\r\n${CLOSE}\r\n`, 400, 'bad_request'],
  ['an unknown WebSocket', `GET /ws/nothing HTTP/1.1\r\n${UPGRADE}\r\n`, 404, 'not_found'],
  ['a WebSocket at a page', `GET / HTTP/1.1\r\n${UPGRADE}\r\n`, 404, 'not_found'],
  [
    'a WebSocket without a token',
    `GET /ws/bridge/bridge-00000000-0000-4000-8000-000000000000 HTTP/1.1\r\n${UPGRADE}\r\n`,
    401,
    'unauthorized',
  ],
];
test('answers what hardly is HTTP in the same format', async (t) => {
  const relay = await startTestRelay(t);
  for (const [name, request, status, error] of rawCases) {
    await t.test(name, { timeout: 10_000 }, async () => {
      const { head, body } = await exchangeRaw(relay.url, request);
      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
      const parsed = apiError.parse(JSON.parse(body));
      assert.equal(parsed.error, error);
      assert.equal(/^x-request-id: (.*)$/im.exec(head)?.[1], parsed.requestId);
      assert.doesNotMatch(head, /^(server|x-powered-by):/im);
      if (status === 405 && name !== 'CONNECT') assert.match(head, /^allow: GET, HEAD$/im);
      if (status === 401) assert.match(head, /^www-authenticate: Bearer$/im);
    });
  }
});

test('ignores what may be ignored: other expectations, other upgrades, a missing Host of HTTP/1.0', async (t) => {
  const relay = await startTestRelay(t);
  for (const request of [
    `GET /api/auth/config HTTP/1.1\r\n${CLOSE}Expect: the unexpected\r\n\r\n`,
    `GET /api/auth/config HTTP/1.1\r\nHost: relay\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    'GET /api/auth/config HTTP/1.0\r\n\r\n',
  ]) {
    const { head } = await exchangeRaw(relay.url, request);
    assert.match(head, /^HTTP\/1\.1 200 /);
  }
});

test(
  'garbage behind a request cuts the answer that is being sent, and adds nothing to it',
  { timeout: 10_000 },
  async (t) => {
    const relay = await startTestRelay(t, {
      extend: (app) =>
        void app.get('/api/test/stream', { config: { access: 'public' } }, (_request, reply) => {
          reply.hijack();
          reply.raw.write('begun');
        }),
    });
    const socket = connect(Number(new URL(relay.url).port), '127.0.0.1').on('error', () => {});
    socket.write('GET /api/test/stream HTTP/1.1\r\nHost: relay\r\n\r\n');
    let received = '';
    for await (const chunk of socket) {
      received += String(chunk);
      if (received.endsWith('begun\r\n')) socket.write('GARBAGE\r\n\r\n');
    }
    assert.match(received, /^HTTP\/1\.1 200 [^]*\r\n\r\n5\r\nbegun\r\n$/);
  },
);

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
