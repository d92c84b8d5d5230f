import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  Link,
  LINK_LIMITS,
  LinkBudget,
  type Exchange,
  type ExchangeReceiver,
  type LinkSocket,
} from '@cloudtolocalllm/protocol';
import { Engines } from './engines/engines.ts';
import { Forwarder, type ForwarderOptions } from './forwarder.ts';
import { defaultPolicy } from './policy.ts';

interface Asked {
  exchange: Exchange;
  /** Status, headers and body, or how it was reset. */
  answer: Promise<{ status?: number; headers?: readonly string[]; body: string; reset?: string }>;
  /** Resolves with the bytes of an answer's body so far, at the first. */
  begun: Promise<void>;
}

interface Question {
  method?: string;
  path?: string;
  headers?: string[];
  /** Undefined: the test sends it. */
  body?: string | undefined;
  /** Takes the answer's bytes; by default at once. */
  take?: (chunk: Buffer, exchange: Exchange) => void;
}

async function listen(t: TestContext, server: Server): Promise<URL> {
  t.after(() => void server.close()); // not awaited: its sockets are ended by hooks that come later
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** A relay and a bridge joined by a wire, and the engine as the test has it behind the forwarder. */
function forwarderAt(t: TestContext, engine: URL, options: Partial<ForwarderOptions> = {}) {
  let unreachable = 0;
  const forwarder = new Forwarder({
    engines: new Engines({ engines: [{ url: engine }], discover: false }),
    policy: defaultPolicy(),
    unreachable: () => void unreachable++,
    ...options,
  });
  t.after(() => forwarder[Symbol.dispose]());
  const faults: unknown[] = [];
  const link = (accept?: Forwarder['accept']) =>
    new Link({
      session: '00000000-0000-4000-8000-000000000001',
      budget: new LinkBudget(),
      ...(accept && { accept }),
      closed: (_code, reason, error) => faults.push(error ?? reason),
    });
  const relay = link();
  const bridge = link((request, exchange) => forwarder.accept(request, exchange));
  const wire = (other: Link): LinkSocket => ({
    bufferedAmount: 0,
    send(message, written) {
      const copy = typeof message === 'string' ? message : Buffer.from(message);
      setImmediate(() => other.receive(copy));
      written?.();
    },
    close() {},
  });
  relay.attach(wire(bridge), 0);
  bridge.attach(wire(relay), 0);

  function ask({ method = 'POST', path = '/api/chat', headers = [], take, ...rest }: Question = {}): Asked {
    const done = Promise.withResolvers<Awaited<Asked['answer']>>();
    const begun = Promise.withResolvers<void>();
    const result: Awaited<Asked['answer']> = { body: '' };
    const receiver: ExchangeReceiver = {
      head: (status, values) => void Object.assign(result, { status, headers: values }),
      data(chunk) {
        result.body += chunk.toString('latin1');
        begun.resolve();
        if (take) take(chunk, exchange);
        else exchange.consumed(chunk.length);
      },
      end: () => done.resolve(result),
      reset: (code, reason) => done.resolve({ ...result, reset: `${code}: ${reason}` }),
    };
    const exchange = relay.open({ method, path, headers }, receiver);
    const { body } = { body: '{}', ...rest };
    if (body !== undefined) {
      exchange.write(Buffer.from(body));
      exchange.end();
    }
    return { exchange, answer: done.promise, begun: begun.promise };
  }
  return { ask, forwarder, bridge, relay, faults, unreachable: () => unreachable };
}

/** As RequestListener, but it may wait. */
type Engine = (request: IncomingMessage, response: ServerResponse) => unknown;

async function start(t: TestContext, engine: Engine, options?: Partial<ForwarderOptions>) {
  const server = createServer((request, response) => void engine(request, response));
  const url = await listen(t, server);
  t.after(() => server.closeAllConnections());
  return { ...forwarderAt(t, url, options), url, server };
}

/** An engine that answers every connection with these bytes, and says nothing more. */
async function startRaw(t: TestContext, bytes: string, options: { close?: boolean } = {}) {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => (options.close ? socket.end(bytes, 'latin1') : socket.write(bytes, 'latin1')));
    t.after(() => socket.destroy());
  });
  return forwarderAt(t, await listen(t, server));
}

test('sends an allow-list of headers to the engine, with its own Host', async (t) => {
  let seen: IncomingMessage['headers'] = {};
  const { ask, url } = await start(t, ({ headers }, response) => {
    seen = headers;
    response.end();
  });
  const hostile = [
    'Host',
    'evil.example',
    'origin',
    'https://evil.example',
    'cookie',
    'a=b',
    'authorization',
    'Bearer x',
    'x-api-key',
    'secret',
    'x-forwarded-host',
    'evil.example',
    'forwarded',
    'host=evil.example',
    'x-y',
    'z',
  ];
  const dialects = ['Anthropic-Version', '2023-06-01', 'anthropic-beta', 'a,b', 'OpenAI-Beta', 'c=v1'];
  await ask({
    headers: [
      ...hostile,
      ...dialects,
      'Content-Type',
      'application/json',
      'content-length',
      '2',
      'User-Agent',
      'test/1',
    ],
  }).answer;
  assert.deepEqual(seen, {
    host: url.host,
    connection: 'keep-alive',
    'content-type': 'application/json',
    'content-length': '2',
    'user-agent': 'test/1',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a,b',
    'openai-beta': 'c=v1',
  });
});

test('brings an allow-list of headers back, and follows no redirect', async (t) => {
  const paths: (string | undefined)[] = [];
  const { ask } = await start(t, ({ url }, response) => {
    paths.push(url);
    const more = {
      'set-cookie': 'a=b',
      location: '/api/delete',
      'access-control-allow-origin': '*',
      'content-encoding': 'x',
    };
    response.writeHead(307, { ...more, 'content-type': 'text/plain', 'retry-after': '3' }).end('go away');
  });
  const { status, headers, body } = await ask().answer;
  assert.equal(status, 307);
  assert.deepEqual(headers, ['content-type', 'text/plain', 'retry-after', '3']);
  assert.equal(body, 'go away');
  assert.deepEqual(paths, ['/api/chat']);
});

test('refuses what the policy does not allow, and never calls the engine for it', async (t) => {
  let calls = 0;
  const { ask, forwarder } = await start(t, (_request, response) => (calls++, response.end()));
  const asked = ask({ method: 'DELETE', path: '/api/delete' });
  assert.match((await asked.answer).reset ?? '', /^policy_denied: DELETE \/api\/delete is not allowed/);
  assert.match((await ask({ path: '//evil/x' }).answer).reset ?? '', /^policy_denied/);
  assert.equal(calls, 0);
  assert.equal(forwarder.running, 0);
});

test('carries bodies of any size, with a length and without', async (t) => {
  const { ask } = await start(t, (request, response) => {
    response.writeHead(200, { 'x-te': request.headers['transfer-encoding'] ?? '' });
    request.pipe(response);
  });
  const body = 'x'.repeat(3_000_000);
  for (const headers of [['content-length', String(body.length)], []]) {
    const asked = ask({ headers, body: undefined });
    for (let at = 0; at < body.length; at += 50_000) asked.exchange.write(Buffer.from(body.slice(at, at + 50_000)));
    asked.exchange.end();
    const answer = await asked.answer;
    assert.equal(answer.body.length, body.length);
  }
});

test('a body without a length is never the next request of an engine, whatever the method', async (t) => {
  const seen: string[] = [];
  const { ask } = await start(
    t,
    async (request, response) => {
      seen.push(`${request.method} ${request.url} ${await text(request)}`);
      response.end();
    },
    { policy: defaultPolicy({ allowModelManagement: true }) },
  );
  const body = 'POST /api/create HTTP/1.1\r\nhost: engine\r\ncontent-length: 0\r\n\r\n';
  assert.equal((await ask({ method: 'DELETE', path: '/api/delete', body }).answer).status, 200);
  assert.equal((await ask({ method: 'GET', path: '/api/tags', body }).answer).status, 200);
  assert.deepEqual(seen, [`DELETE /api/delete ${body}`, 'GET /api/tags ']);
});

test('stops reading from the relay when the engine does not read', async (t) => {
  const arrived = Promise.withResolvers<ServerResponse>();
  const { ask } = await start(t, (_request, response) => arrived.resolve(response));
  let drained = 0;
  const size = 32 * 1024 * 1024;
  const asked = ask({ headers: ['content-length', String(size)], body: undefined });
  const piece = Buffer.alloc(LINK_LIMITS.frameBytes);
  // As much as the link takes: it stops when the credit does.
  for (let idle = 0; idle < 200 && drained < size;) {
    if (asked.exchange.write(piece)) idle = 0;
    else {
      idle++;
      await turn();
    }
    drained += piece.length;
  }
  assert.ok(drained < size, 'the credit ended');
  asked.exchange.reset('cancelled');
  const response = await arrived.promise;
  await once(response.req.resume(), 'error').catch(() => {});
});

test('passes an answer on as it comes, and an error inside it as it is', async (t) => {
  const { ask } = await start(t, async (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write('{"message":{"content":"a"}}\n');
    await proceed.promise;
    response.end('{"error":"out of memory"}\n');
  });
  const proceed = Promise.withResolvers<void>();
  const asked = ask();
  await asked.begun;
  proceed.resolve();
  assert.deepEqual(await asked.answer, {
    status: 200,
    headers: ['content-type', 'application/x-ndjson'],
    body: '{"message":{"content":"a"}}\n{"error":"out of memory"}\n',
  });
});

test('stops reading from the engine when the relay does not read', async (t) => {
  const closed = Promise.withResolvers<void>();
  let sent = 0;
  const { ask, forwarder } = await start(t, (_request, response) => {
    const chunk = Buffer.alloc(65_536);
    const pump = () => {
      do sent += chunk.length;
      while (sent < 1e9 && response.write(chunk));
    };
    response.on('drain', pump).on('close', closed.resolve);
    pump();
  });
  const asked = ask({ take: () => {} });
  await asked.begun;
  for (let before = -1; before !== sent;) {
    before = sent;
    for (let round = 0; round < 200; round++) await turn();
  }
  assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes`);
  asked.exchange.reset('cancelled');
  await closed.promise;
  assert.equal(forwarder.running, 0);
});

test('destroys the engine request of an exchange that is cancelled: before the head, and in mid-answer', async (t) => {
  let arrived = Promise.withResolvers<ServerResponse>();
  const { ask, forwarder } = await start(t, (_request, response) => arrived.resolve(response));
  for (const begins of [false, true]) {
    arrived = Promise.withResolvers();
    const asked = ask();
    const response = await arrived.promise;
    const closed = once(response, 'close');
    if (begins) {
      response.write('token');
      await asked.begun;
    }
    asked.exchange.reset('cancelled');
    await closed;
    assert.equal(response.writableEnded, false);
  }
  assert.equal(forwarder.running, 0);
});

test('an exchange that is cancelled while it connects leaves nothing behind', async (t) => {
  const { ask, forwarder, faults } = await start(t, (_request, response) => response.end('ok'));
  for (const body of ['{}', undefined]) {
    const asked = ask({ body });
    while (forwarder.running === 0) await turn();
    asked.exchange.reset('cancelled');
    while (forwarder.running > 0) await turn();
  }
  assert.equal((await ask().answer).body, 'ok');
  assert.deepEqual(faults, []);
});

test('says engine_unreachable when nobody listens, and asks to look', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const { ask, forwarder, unreachable } = forwarderAt(t, new URL(`http://127.0.0.1:${port}`));
  for (const headers of [[], ['content-length', '2']]) {
    assert.match((await ask({ headers }).answer).reset ?? '', /^engine_unreachable/);
  }
  assert.equal(unreachable(), 2);
  assert.equal(forwarder.running, 0);
});

test('says engine_unreachable when the engine dies before its head', async (t) => {
  const { ask, unreachable } = await start(t, ({ socket }) => void socket.destroy());
  assert.match((await ask().answer).reset ?? '', /^engine_unreachable/);
  assert.equal(unreachable(), 1);
});

test('says engine_failed when the engine breaks off, or is none', async (t) => {
  const cases: [name: string, bytes: string, close?: boolean][] = [
    ['it dies in mid-answer', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', true],
    ['it dies between chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', true],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a status above 599', 'HTTP/1.1 600 Strange\r\nContent-Length: 2\r\n\r\nhi'],
    ['a status of 999', 'HTTP/1.1 999 Strange\r\nContent-Length: 2\r\n\r\nhi'],
    ['a status below 100', 'HTTP/1.1 099 Strange\r\nContent-Length: 2\r\n\r\nhi'],
    ['a protocol switch', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    [
      'headers above the limit',
      `HTTP/1.1 200 OK\r\nContent-Type: ${'x'.repeat(100_000)}\r\nContent-Length: 2\r\n\r\nhi`,
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi'],
  ];
  for (const [name, bytes, close = false] of cases) {
    await t.test(name, async (t) => {
      const { ask, forwarder, faults } = await startRaw(t, bytes, { close });
      assert.match((await ask().answer).reset ?? 'an answer', /^engine_failed/);
      assert.equal(forwarder.running, 0);
      assert.deepEqual(faults, [], 'the link goes on');
    });
  }
});

test('an interim answer is none', async (t) => {
  const { ask } = await startRaw(
    t,
    'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
  );
  assert.deepEqual(await ask().answer, { status: 200, headers: ['content-length', '2'], body: 'hi' });
});

test('gives up after silence in mid-answer', async (t) => {
  const { ask } = await start(t, (_request, response) => void response.write('token'), { idleTimeoutMs: 50 });
  const { body, reset } = await ask().answer;
  assert.match(reset ?? '', /^idle_timeout/);
  assert.equal(body, 'token');
});

test('an answer that is complete before the request is the answer', async (t) => {
  const { ask, forwarder } = await start(t, (_request, response) => {
    response.writeHead(413, { 'content-type': 'text/plain', 'content-length': 8 }).end('too much');
  });
  const asked = ask({ headers: ['content-length', '1000000'], body: undefined });
  asked.exchange.write(Buffer.alloc(1000));
  const { status, body } = await asked.answer;
  assert.deepEqual([status, body], [413, 'too much']);
  asked.exchange.write(Buffer.alloc(200_000));
  asked.exchange.reset('cancelled');
  assert.equal(forwarder.running, 0);
});

test('survives what a hostile relay opens', async (t) => {
  const bodies: string[] = [];
  const { ask, faults, unreachable, forwarder } = await start(t, async (request, response) => {
    bodies.push(`${request.method} ${await text(request).catch(() => 'broken')}`);
    response.end('ok');
  });
  const cases: [name: string, question: Question, result: RegExp][] = [
    ['CR and LF in a value', { headers: ['content-type', 'a\r\nx: y'] }, /^protocol_error/],
    ['NUL in a value', { headers: ['accept', '\0'] }, /^protocol_error/],
    ['characters outside latin1', { headers: ['user-agent', '日本'] }, /^protocol_error/],
    ['a length that is none', { headers: ['content-length', 'x'] }, /^protocol_error/],
    ['a length below its body', { headers: ['content-length', '1'] }, /^protocol_error/],
    ['a length above its body', { headers: ['content-length', '3'] }, /^protocol_error/],
    ['lengths that differ', { headers: ['content-length', '2', 'content-length', '3'] }, /^protocol_error/],
    ['a body with GET', { method: 'GET', path: '/api/tags', headers: ['content-length', '2'] }, /^ok/],
    ['a length with HEAD', { method: 'HEAD', path: '/api/tags', headers: ['content-length', '2'], body: '' }, /^$/],
    ['no length for nothing', { body: '' }, /^ok/],
  ];
  for (const [name, question, result] of cases) {
    await t.test(name, async () => {
      const answer = await ask(question).answer;
      assert.match(answer.reset ?? answer.body, result);
    });
  }
  assert.deepEqual(faults, []);
  assert.equal(unreachable(), 0, 'the engine is not to blame');
  assert.equal(forwarder.running, 0);
  assert.ok(bodies.includes('GET '));
});

test('says when what models there are may have changed', async (t) => {
  let changes = 0;
  const { ask } = await start(t, (_request, response) => response.end('{}'), {
    policy: defaultPolicy({ allowModelManagement: true }),
    modelsChanged: () => void changes++,
  });
  await ask({ path: '/api/chat' }).answer;
  assert.equal(changes, 0);
  await ask({ method: 'DELETE', path: '/api/delete' }).answer;
  await ask({ path: '/api/pull' }).answer;
  assert.equal(changes, 2);
});

test('says so too when a pull was broken off', async (t) => {
  const changed = Promise.withResolvers<void>();
  const { ask } = await start(t, (_request, response) => response.write('{"status":"pulling manifest"}\n'), {
    policy: defaultPolicy({ allowModelManagement: true }),
    modelsChanged: changed.resolve,
  });
  const { exchange, begun } = ask({ path: '/api/pull' });
  await begun;
  exchange.reset('cancelled');
  await changed.promise;
});
