import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { relayApi, RelayApiError } from './relay-api.ts';

async function start(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failure(promise: Promise<unknown>): Promise<RelayApiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RelayApiError);
  return error;
}

test("maps the relay's errors to a message for a person, and knows which are worth another try", async (t) => {
  const cases: [status: number, body: string, message: RegExp, shouldRetry: boolean][] = [
    [
      401,
      '{"error":"unauthorized","message":"Invalid or expired token","code":401}',
      /^Invalid or expired token$/,
      false,
    ],
    [400, JSON.stringify({ error: 'x', message: 'y'.repeat(200_000), code: 400 }), /^y{500}$/, false],
    [403, '<html>', /^The relay at http:.* answered 403\.$/, false],
    [404, '', /is not a CloudToLocalLLM relay \(it answered 404\)/, false],
    [408, '', /408/, true],
    [429, '', /429/, true],
    [500, '{"message":1}', /500/, true],
    [503, '', /503/, true],
    [200, 'no json', /is not a CloudToLocalLLM relay of this version/, false],
    [200, '{"issuer":"x"}', /is not a CloudToLocalLLM relay of this version/, false],
  ];
  for (const [status, body, message, shouldRetry] of cases) {
    const relay = await start(t, (_request, response) => void response.writeHead(status).end(body));
    const error = await failure(relayApi.authConfig(relay));
    assert.equal(error.status, status);
    assert.match(error.message, message);
    assert.equal(error.shouldRetry(), shouldRetry, `${status}`);
  }
});

test('a relay that is not there, redirects, breaks off or never ends is worth another try', async (t) => {
  const answers: RequestListener[] = [
    ({ socket }) => void socket.destroy(),
    (_request, response) => void response.writeHead(302, { location: 'https://evil.example/' }).end(),
    (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{');
      setImmediate(() => response.destroy());
    },
    (_request, response) => void response.end(' '.repeat(1024 * 1024)),
  ];
  for (const answer of answers) {
    const error = await failure(relayApi.authConfig(await start(t, answer)));
    assert.equal(error.status, 0);
    assert.match(error.message, /^Cannot reach the relay at http/);
    assert.ok(error.shouldRetry());
  }
  assert.match(
    (await failure(relayApi.authConfig('http://127.0.0.1:1'))).message,
    /Cannot reach the relay at http:\/\/127\.0\.0\.1:1: ./,
  );
});

test('an answer of a hundred thousand objects is not looked through', async (t) => {
  const answer = (count: number) => JSON.stringify({ bridges: Array.from({ length: count }, () => ({})) });
  for (const [count, cause] of [
    [80_000, /too many parts/],
    [4_000, /bridges/],
  ] as const) {
    const relay = await start(t, (_request, response) => void response.end(answer(count)));
    const error = await failure(relayApi.bridges(relay, 'token'));
    assert.match(error.message, /is not a CloudToLocalLLM relay of this version/);
    assert.match(String(error.cause), cause);
  }
});
