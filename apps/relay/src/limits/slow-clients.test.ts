import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import { pino } from 'pino';
import { startTestRelay } from '../test-relay.ts';
import { watchUpload } from './slow-clients.ts';
import { connectBridge, dial, until } from './test-limits.ts';

/** The status and the error of an answer that ends with its connection. */
async function refusal(socket: Socket) {
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, /x-request-id: req-/i);
  return { status: Number(head.split(' ')[1]), error: apiError.parse(JSON.parse(body)) };
}

const post = (path: string, token: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${token}\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

test('a JSON body that does not arrive whole in time is answered with 408', { timeout: 20_000 }, async (t) => {
  const relay = await startTestRelay(t, { timeouts: { bodyMs: 100 } });
  for (const piece of ['', '{"model":']) {
    const socket = await dial(t, relay);
    socket.write(post('/api/chat/conversations', relay.token, 100) + piece);
    const { status, error } = await refusal(socket);
    assert.deepEqual([status, error.error], [408, 'request_timeout']);
    assert.match(error.message, /did not arrive whole within 1 seconds/);
  }
});

test('headers that do not arrive in time are answered with 408', { timeout: 20_000 }, async (t) => {
  const relay = await startTestRelay(t, { timeouts: { headersMs: 100, checkMs: 50 } });
  for (const piece of ['', 'GET /api/health HTTP/1.1\r\nHost: rel']) {
    const socket = await dial(t, relay);
    socket.write(piece);
    const { status, error } = await refusal(socket);
    assert.deepEqual([status, error.error], [408, 'request_timeout']);
  }
});

test('headers that arrived while the relay itself was held up are not late', { timeout: 20_000 }, async (t) => {
  const relay = await startTestRelay(t, { timeouts: { headersMs: 100, checkMs: 50 } });
  const statusOf = async (request: string): Promise<string | undefined> => {
    const connected = once(relay.app.server, 'connection');
    const socket = await dial(t, relay);
    await connected;
    socket.write(request);
    // As by a computer that sleeps or has too much to do: what was sent waits at the relay's door.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    return (await text(socket)).split(' ', 2)[1];
  };
  assert.equal(await statusOf('GET /api/health HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n'), '200');
  assert.equal(await statusOf('GET /api/health HTTP/1.1\r\nHost: rel'), '408', 'which Node does not look at again');
});

test('an upload for the engine that falls silent is given up, with its exchange', { timeout: 20_000 }, async (t) => {
  const relay = await startTestRelay(t, { timeouts: { bodyMs: 20, uploadIdleMs: 200 } });
  let resets = 0;
  await connectBridge(t, relay, (_request, exchange) => ({
    data: (chunk) => exchange.consumed(chunk.length),
    reset: () => void resets++,
  }));
  // The exchange begins when the model is known.
  for (const start of ['{"mod', '{"model":"m",']) {
    const socket = await dial(t, relay);
    socket.write(`${post('/ollama/api/chat', relay.token, 100)}${start}`);
    await once(socket.resume(), 'close');
  }
  await until(() => resets === 1);
  await until(() => relay.context.limits.streams.size === 0);
});

test('an upload may be slow, and may be held back by ourselves', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let isCut = false;
  const socket = { bytesRead: 0, destroy: () => (isCut = true) };
  const body = Object.assign(new PassThrough(), { complete: false, socket });
  watchUpload(body as unknown as IncomingMessage, 1000); // as: all that is looked at
  t.mock.timers.tick(5000);
  assert(!isCut, 'nobody reads it yet');
  body.resume();
  for (let second = 0; second < 10; second++) {
    socket.bytesRead++;
    t.mock.timers.tick(1000);
  }
  body.pause();
  t.mock.timers.tick(5000);
  assert(!isCut, 'it comes, or could not');
  body.resume();
  t.mock.timers.tick(1000);
  assert(isCut, 'it could, but does not');
});

test('the rest of a body that nobody wants is not waited for', { timeout: 20_000 }, async (t) => {
  const relay = await startTestRelay(t, { timeouts: { bodyMs: 100 } });
  const socket = await dial(t, relay);
  socket.write(post('/api/chat/conversations', 'garbage', 100));
  const { status } = await refusal(socket); // ends because the relay hangs up
  assert.equal(status, 401);
});

test('a connection goes on after an answer that came before the body', { timeout: 20_000 }, async (t) => {
  const relay = await startTestRelay(t);
  const socket = await dial(t, relay);
  socket.write(post('/api/chat/conversations', 'garbage', 4));
  await once(socket, 'data');
  socket.write('nullGET /api/auth/config HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 200 /);
});

test('clients that go away in mid-request leave no trace but their line in the log', { timeout: 20_000 }, async (t) => {
  const lines: { level: number }[] = [];
  const log = pino(
    { level: 'warn' },
    { write: (line: string) => void lines.push(JSON.parse(line) as { level: number }) },
  ); // as: pino's
  const relay = await startTestRelay(t, { log });
  for (const path of ['/api/chat/conversations', '/ollama/api/chat', '/api/nothing']) {
    const socket = await dial(t, relay);
    socket.write(`${post(path, relay.token, 100)}{"mod`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.resetAndDestroy();
  }
  assert.equal((await relay.call('/api/me')).status, 200);
  assert.deepEqual(lines, []);
});
