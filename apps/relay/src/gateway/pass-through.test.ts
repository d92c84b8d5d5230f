import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LINK_LIMITS, type Exchange, type ExchangeRequest, type ResetCode } from '@cloudtolocalllm/protocol';
import { FULL_RIGHTS } from '../accounts/rights.ts';
import { TestBridge, type Accept } from '../bridges/test-bridge.ts';
import { startTestHub, TEST_USER } from '../bridges/test-hub.ts';
import { IntervalTicker } from './keep-alive-ticker.ts';
import { gatewayRoutes } from './routes.ts';

/** The gateway in front of one bridge that behaves as the test says. */
async function start(t: TestContext, accept: Accept) {
  const ticker = new IntervalTicker();
  t.after(() => ticker[Symbol.dispose]());
  const fixture = await startTestHub(t, {
    extend: (app, links) => {
      app.decorateRequest('user');
      app.addHook('onRequest', async (incoming, reply) => {
        incoming.user = { id: TEST_USER, rights: FULL_RIGHTS };
        reply.raw.setHeader('x-request-id', `req-${incoming.id}`); // as the server does
      });
      void app.register(async (scope) =>
        gatewayRoutes(scope, { links, ticker, owns: async () => false, bridgesOf: async () => [] }),
      );
    },
  });
  const { admit, url, port } = fixture;
  const { token, bridgeId } = admit();
  const bridge = new TestBridge(accept);
  await bridge.connect(url(bridgeId), token);
  const send = (options: RequestOptions = {}): ClientRequest =>
    request({ port, path: '/ollama/api/chat', method: 'POST', ...options }).on('error', () => {});
  return { ...fixture, bridge, bridgeId, send };
}

async function answer(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

/** Answers at once with this and ends. */
function says(status: number, headers: string[], ...chunks: string[]): Accept {
  return (_request, exchange) => {
    exchange.head(status, headers);
    for (const chunk of chunks) exchange.write(Buffer.from(chunk));
    exchange.end();
    return {};
  };
}

/** Collects the bodies of requests and answers with `ok` when they are complete. */
function collecting() {
  const seen: { request: ExchangeRequest; body: string }[] = [];
  const accept: Accept = (incoming, exchange) => {
    const entry = { request: incoming, body: '' };
    seen.push(entry);
    return {
      data(chunk) {
        entry.body += chunk.toString();
        exchange.consumed(chunk.length);
      },
      end() {
        exchange.head(200, ['content-type', 'text/plain']);
        exchange.write(Buffer.from('ok'));
        exchange.end();
      },
    };
  };
  return { seen, accept };
}

/** What a raw text gets as an answer, until the relay closes or `enough` matches. */
async function raw(port: number, message: string, enough = /(?!)/): Promise<string> {
  const socket = connectTcp({ port }).on('error', () => {});
  socket.write(message);
  let received = '';
  for await (const chunk of socket) {
    received += (chunk as Buffer).toString('latin1');
    if (enough.test(received)) break;
  }
  return received;
}

test('passes on an allow-list of headers, each way', async (t) => {
  let seen: ExchangeRequest | undefined;
  const hostile = [
    'Set-Cookie',
    'a=b',
    'Location',
    'https://evil.example',
    'Link',
    '<x>',
    'Refresh',
    '0',
    'Access-Control-Allow-Origin',
    '*',
  ];
  const { send } = await start(t, (incoming, exchange) => {
    seen = incoming;
    return says(
      201,
      [...hostile, 'Content-Type', 'text/html', 'Retry-After', '7', 'Content-Encoding', 'x'],
      'hi',
    )(incoming, exchange);
  });
  const outgoing = send({
    path: '/ollama/api/chat?a=1&b=%20',
    headers: {
      cookie: 'session=secret',
      authorization: 'Bearer secret',
      'proxy-authorization': 'secret',
      origin: 'https://app.example',
      referer: 'https://app.example/',
      'x-forwarded-for': '1.2.3.4',
      'content-type': 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': 'test/1',
      'x-anything': 'else',
    },
  });
  outgoing.end('{}');
  const response = await answer(outgoing);
  assert.equal(await text(response), 'hi');
  assert.deepEqual([seen?.method, seen?.path], ['POST', '/api/chat?a=1&b=%20']);
  assert.deepEqual(seen?.headers, ['content-type', 'application/json', 'user-agent', 'test/1', 'content-length', '2']);
  const {
    date: _date,
    'x-request-id': requestId,
    connection: _c,
    'keep-alive': _k,
    'transfer-encoding': _t,
    ...headers
  } = response.headers;
  assert.equal(response.statusCode, 201);
  assert.match(String(requestId), /^req-/);
  assert.deepEqual(headers, {
    'content-type': 'text/html',
    'retry-after': '7',
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
});

test('survives every head that a hostile bridge can make up', async (t) => {
  let head: string[] = [];
  const { send, faults, bridge } = await start(t, (incoming, exchange) => says(200, head, 'fine')(incoming, exchange));
  const cases: [name: string, headers: string[], contentType?: string][] = [
    ['CR and LF in a value', ['content-type', 'text/plain\r\nset-cookie: a=b']],
    ['NUL in a value', ['content-type', 'a\0b']],
    ['characters outside latin1', ['content-type', 'text/plain; name="日本"']],
    ['latin1', ['content-type', 'text/plain; name="ü"'], 'text/plain; name="ü"'],
    ['an invalid name', ['content type\r\n', 'x', 'content-type:', 'y']],
    ['a name twice', ['content-type', 'text/plain', 'CONTENT-TYPE', 'text/html'], 'text/plain'],
    ['an empty value', ['content-type', ''], ''],
    ['a huge value', ['content-type', 'x'.repeat(60_000)]],
    ['two lengths', ['content-length', '4', 'content-length', '5']],
    ['a length that is none', ['content-length', '-1']],
    ['a length in words', ['content-length', '4, 4']],
    ['a chunked length', ['transfer-encoding', 'chunked', 'content-length', '4']],
    ['256 headers', Array.from({ length: 512 }, (_, index) => (index % 2 ? 'x' : 'content-type'))],
  ];
  for (const [name, headers, contentType] of cases) {
    await t.test(name, async () => {
      head = headers;
      const outgoing = send();
      outgoing.end('{}');
      const response = await answer(outgoing);
      assert.equal(response.statusCode, 200);
      assert.equal(await text(response), 'fine');
      assert.equal(response.headers['set-cookie'], undefined);
      if (contentType !== undefined) assert.equal(response.headers['content-type'], contentType);
      assert.equal(bridge.link?.closed, false, 'the link goes on');
    });
  }
  assert.deepEqual(faults, []);
});

test('never lets a wrong Content-Length slip into the next answer on the connection', async (t) => {
  let length = 0;
  const { port, hub } = await start(t, (incoming, exchange) =>
    says(200, ['content-length', String(length)], 'HTTP/1.1 200 OK\r\n\r\n')(incoming, exchange),
  );
  const message = 'POST /ollama/api/chat HTTP/1.1\r\nHost: relay\r\nContent-Length: 0\r\n\r\n';
  for (const wrong of [0, 5, 1000]) {
    length = wrong;
    const received = await raw(port, message); // ends because the relay closes the connection
    const body = received.slice(received.indexOf('\r\n\r\n') + 4);
    assert.ok(body.length <= wrong, `${body.length} bytes of ${wrong}`);
  }
  length = 19;
  const [first, second] = (await raw(port, message + message, /OK\r\n\r\n[^]*OK\r\n\r\n$/)).split(
    '\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
  );
  assert.match(first ?? '', /content-length: 19/);
  assert.match(second ?? '', /content-length: 19/);
  assert.equal(hub.exchangeCount, 0);
});

test('answers without a body where HTTP has none, whatever the bridge sends', async (t) => {
  let status = 200;
  const { send, port } = await start(t, (incoming, exchange) =>
    says(status, ['content-length', '5'], 'hello')(incoming, exchange),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (const [method, expected] of [
    ['HEAD', 200],
    ['POST', 204],
    ['POST', 304],
    ['HEAD', 500],
  ] as const) {
    status = expected;
    const outgoing = send({ method, agent });
    outgoing.end();
    const response = await answer(outgoing);
    assert.equal(response.statusCode, expected);
    assert.equal(await text(response), '');
  }
  status = 204;
  const received = await raw(
    port,
    'POST /ollama/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
  assert.doesNotMatch(received, /content-length|hello/);
});

test('says what went wrong as Ollama does while nothing was sent', async (t) => {
  const cases: [code: ResetCode, status: number, message: RegExp][] = [
    ['engine_unreachable', 502, /Ollama/],
    ['engine_failed', 502, /engine/],
    ['policy_denied', 403, /^no pulling$/],
    ['idle_timeout', 504, /silent/],
    ['too_large', 413, /large/],
    ['refused', 429, /Try again/],
    ['shutting_down', 503, /stopped/],
    ['cancelled', 502, /cancelled/],
    ['protocol_error', 503, /broke/],
  ];
  let code: ResetCode = 'cancelled';
  const { send } = await start(t, (_request, exchange) => (exchange.reset(code, 'no pulling'), {}));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  let reused = 0;
  for (const [reset, status, message] of cases) {
    code = reset;
    const outgoing = send({ agent });
    outgoing.end('{"some":"body"}');
    const response = await answer(outgoing);
    if (outgoing.reusedSocket) reused++;
    const body = JSON.parse(await text(response)) as { error: string }; // as: Ollama's errors
    assert.equal(response.statusCode, status);
    assert.match(body.error, message);
    assert.match(String(response.headers['x-request-id']), /^req-/);
  }
  assert.equal(reused, cases.length - 1, 'the connection is kept');
});

test('aborts the connection when the answer breaks off, so that nobody takes it for whole', async (t) => {
  let length: string[] = [];
  const { send } = await start(t, (_request, exchange) => {
    exchange.head(200, length);
    exchange.write(Buffer.from('half'));
    return { end: () => exchange.reset('engine_failed', 'broke off') };
  });
  for (length of [[], ['content-length', '8']]) {
    const outgoing = send();
    outgoing.write('{"model":"m",');
    const response = await answer(outgoing);
    const [chunk] = (await once(response, 'data')) as [Buffer];
    assert.equal(chunk.toString(), 'half');
    outgoing.end();
    await assert.rejects(once(response, 'end'), { code: 'ECONNRESET' });
    assert.equal(response.complete, false);
  }
});

test('resets the exchange when the client goes away: while it sends, while it waits, in mid-answer', async (t) => {
  const resets: ResetCode[] = [];
  let heard = Promise.withResolvers<void>();
  let arrived = Promise.withResolvers<Exchange>();
  const { send, hub } = await start(t, (_request, exchange) => {
    arrived.resolve(exchange);
    return { reset: (code) => (resets.push(code), heard.resolve()) };
  });
  const steps: ((outgoing: ClientRequest, exchange: Exchange) => Promise<void>)[] = [
    async () => {},
    async (outgoing) => void outgoing.end(),
    async (outgoing, exchange) => {
      outgoing.end();
      exchange.head(200, []);
      exchange.write(Buffer.from('token'));
      await once(await answer(outgoing), 'data');
    },
  ];
  for (const step of steps) {
    heard = Promise.withResolvers();
    arrived = Promise.withResolvers();
    const outgoing = send();
    outgoing.write('{"model":"m","half":');
    await step(outgoing, await arrived.promise);
    outgoing.destroy();
    await heard.promise;
  }
  assert.deepEqual(resets, ['cancelled', 'cancelled', 'cancelled']);
  assert.equal(hub.exchangeCount, 0);
});

test('opens no exchange for a client that went away while its bridge was being waited for', async (t) => {
  let opened = 0;
  const { hub, bridge, send, url, admit, bridgeId } = await start(t, (incoming, exchange) => {
    opened++;
    return says(200, [], 'ok')(incoming, exchange);
  });
  await bridge.cut();
  while (hub.get(bridgeId)?.connected) await turn();
  const gone = send();
  gone.end('{}');
  await once(gone, 'finish');
  const waiting = send();
  waiting.end('{}');
  // The second has arrived, so the first has too, and both wait for the bridge.
  while (hub.waiting < 2) await turn();
  gone.destroy();
  // The relay hears of it before it has answered a connection that begins later.
  const probe = send({ path: '/nothing' });
  probe.end();
  (await answer(probe)).resume();
  const { token } = admit({ bridgeId });
  await bridge.connect(url(bridgeId), token);
  assert.equal(await text(await answer(waiting)), 'ok');
  assert.equal(opened, 1);
  assert.equal(hub.exchangeCount, 0);
});

test('an answer may begin and end before the request has', async (t) => {
  const resets: ResetCode[] = [];
  const { send, hub } = await start(t, (incoming, exchange) => {
    says(413, ['content-type', 'text/plain'], 'too much')(incoming, exchange);
    return { reset: (code) => void resets.push(code) };
  });
  const outgoing = send();
  outgoing.write('x'.repeat(1000));
  const response = await answer(outgoing);
  assert.equal(response.statusCode, 413);
  assert.equal(await text(response), 'too much');
  while (resets.length === 0) await turn();
  assert.deepEqual(resets, ['cancelled']);
  assert.equal(hub.exchangeCount, 0);
  outgoing.destroy();
});

test('a client that does not read stops its own answer, and memory stays bounded', async (t) => {
  const chunk = Buffer.alloc(LINK_LIMITS.frameBytes, 'x');
  const exchanges: Exchange[] = [];
  let written = 0;
  const pump = (exchange: Exchange) => {
    while (written < 64 * 1024 * 1024) {
      written += chunk.length;
      if (!exchange.write(chunk)) return;
    }
    exchange.end();
  };
  const { send } = await start(t, (incoming, exchange) => {
    if (incoming.path === '/api/tags') return says(200, [], 'quick')(incoming, exchange);
    exchange.head(200, []);
    exchanges.push(exchange);
    pump(exchange);
    return { drain: () => pump(exchange) };
  });
  const outgoing = send();
  outgoing.end('{}');
  const response = await answer(outgoing);
  // Nobody reads. Other requests are served all the while.
  for (let before = -1; before !== written;) {
    before = written;
    for (let round = 0; round < 20; round++) {
      const other = send({ path: '/ollama/api/tags', method: 'GET' });
      other.end();
      assert.equal(await text(await answer(other)), 'quick');
    }
  }
  // What the kernel's socket buffers hold, and the window.
  assert.ok(written < 16 * 1024 * 1024, `${written} bytes were taken from the bridge`);
  let received = 0;
  for await (const part of response) received += (part as Buffer).length;
  assert.equal(received, 64 * 1024 * 1024);
});

test('a bridge that does not read stops the upload', async (t) => {
  let total = 0;
  const waiting: number[] = [];
  let exchange: Exchange | undefined;
  let holding = true;
  const { send } = await start(t, (_request, opened) => {
    exchange = opened;
    return {
      data(chunk) {
        total += chunk.length;
        if (holding) waiting.push(chunk.length);
        else opened.consumed(chunk.length);
      },
      end: () => says(200, [], 'ok')({ method: '', path: '', headers: [] }, opened),
    };
  });
  const size = 32 * 1024 * 1024;
  const piece = Buffer.alloc(64 * 1024, 'x');
  let taken = 0;
  const outgoing = send({ headers: { 'content-length': size } });
  const upload = (async () => {
    for (; taken < size; taken += piece.length) if (!outgoing.write(piece)) await once(outgoing, 'drain');
    outgoing.end();
  })();
  // Nothing goes on any more once the credit is used up and what lies between is full.
  for (let before = -1; before !== taken || total < LINK_LIMITS.initialWindow;) {
    before = taken;
    for (let round = 0; round < 100; round++) await turn();
  }
  assert.equal(total, LINK_LIMITS.initialWindow, 'the credit of a fresh exchange');
  // What the kernel's socket buffers hold, the start of a body that names no model, and the link's queue.
  assert.ok(taken < 16 * 1024 * 1024, `${taken} bytes were taken from the client`);
  holding = false;
  for (const bytes of waiting) exchange?.consumed(bytes);
  await upload;
  assert.equal(await text(await answer(outgoing)), 'ok');
  assert.equal(total, size);
});

test('takes bodies in every form that HTTP has', async (t) => {
  const { seen, accept } = collecting();
  const { port, send } = await start(t, accept);
  const cases: [name: string, head: string, body: string, expected: string][] = [
    ['a length', 'Content-Length: 5', 'hello', 'hello'],
    ['chunks', 'Transfer-Encoding: chunked', '3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n', 'hello'],
    ['nothing', 'Content-Length: 0', '', ''],
    ['a type that is none', 'Content-Type: ;;;\r\nContent-Length: 5', 'hello', 'hello'],
    ['JSON that is none', 'Content-Type: application/json\r\nContent-Length: 5', 'hello', 'hello'],
    ['no type at all', 'Content-Length: 2', '{}', '{}'],
  ];
  for (const [name, head, body, expected] of cases) {
    await t.test(name, async () => {
      const received = await raw(
        port,
        `POST /ollama/api/chat HTTP/1.1\r\nHost: r\r\nConnection: close\r\n${head}\r\n\r\n${body}`,
      );
      assert.match(received, /^HTTP\/1\.1 200 [^]*ok/);
      assert.equal(seen.at(-1)?.body, expected);
      assert.ok(!seen.at(-1)?.request.headers.includes('transfer-encoding'));
    });
  }
  await t.test('Expect: 100-continue', async () => {
    const outgoing = send({ headers: { expect: '100-continue', 'content-length': 5 } });
    outgoing.flushHeaders();
    await once(outgoing, 'continue');
    outgoing.end('hello');
    assert.equal(await text(await answer(outgoing)), 'ok');
    assert.equal(seen.at(-1)?.body, 'hello');
  });
  await t.test('several requests in one packet', async () => {
    const one = (body: string) =>
      `POST /ollama/api/chat HTTP/1.1\r\nHost: r\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    seen.length = 0;
    const received = await raw(port, one('first') + one('second'), /ok[^]*ok/);
    assert.equal(received.match(/HTTP\/1\.1 200/g)?.length, 2);
    assert.deepEqual(
      seen.map(({ body }) => body),
      ['first', 'second'],
    );
  });
});

test('refuses what could be read as two requests', async (t) => {
  const { seen, accept } = collecting();
  const { port } = await start(t, accept);
  const heads = [
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'Content-Length: 5\r\nContent-Length: 6',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: xchunked',
    'Content-Length: +5',
    'Content-Length : 5',
    'X: a\r\n continued',
  ];
  for (const head of heads) {
    const received = await raw(
      port,
      `POST /ollama/api/chat HTTP/1.1\r\nHost: r\r\n${head}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
    );
    assert.match(received, /^HTTP\/1\.1 400 /, head);
    assert.equal(received.match(/HTTP\/1\.1/g)?.length, 1, head);
  }
  // A head may have been passed on before its body proved wrong; none was answered.
  assert.ok(seen.every(({ body }) => !body.includes('smuggled')));
});

test('passes on the path as it came, in every form that HTTP has', async (t) => {
  const { seen, accept } = collecting();
  const { port } = await start(t, accept);
  const cases: [target: string, path: string][] = [
    ['/ollama', '/'],
    ['/ollama?x=1', '/?x=1'],
    ['/ollama/', '/'],
    ['/ollama/api/../x', '/api/../x'],
    ['/ollama//evil.example/x', '//evil.example/x'],
    ['/ollama/api/%2e%2e/x?y=%00', '/api/%2e%2e/x?y=%00'],
    ['http://relay.example/ollama/api/tags', '/api/tags'],
    ['http://relay.example:1234/ollama?x', '/?x'],
  ];
  for (const [target, path] of cases) {
    await raw(port, `POST ${target} HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    assert.equal(seen.at(-1)?.request.path, path, target);
  }
  const long = await raw(
    port,
    `GET /ollama/${'x'.repeat(LINK_LIMITS.pathBytes)} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n`,
  );
  assert.match(long, /^HTTP\/1\.1 400 [^]*shorter path/);
  const strange = await raw(port, 'GET /%6Fllama/api/tags HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n');
  assert.match(strange, /^HTTP\/1\.1 404 /);
});

test('finds the bridge that is named, or says what is wrong', async (t) => {
  const { seen, accept } = collecting();
  const { send, admit, bridgeId, bridge, hub } = await start(t, accept);
  const other = admit({ userId: 'user-2' }).bridgeId;
  const cases: [header: string, status: number][] = [
    [bridgeId, 200],
    [other, 404],
    ['garbage', 400],
  ];
  for (const [header, status] of cases) {
    const outgoing = send({ headers: { 'x-bridge-id': header } });
    outgoing.end('{}');
    const response = await answer(outgoing);
    response.resume();
    assert.equal(response.statusCode, status);
  }
  assert.equal(seen.length, 1);
  bridge.socket!.close(1000);
  while (hub.get(bridgeId)) await turn();
  const outgoing = send();
  outgoing.end('{}');
  const response = await answer(outgoing);
  assert.equal(response.statusCode, 503);
  assert.match(await text(response), /^\{"error":"Your computer is offline/);
});

test('a whole answer stays whole when the link is lost behind it', async (t) => {
  const ended = Promise.withResolvers<void>();
  const { send, bridge } = await start(t, (incoming, exchange) => {
    // The relay's END stays behind the credit: to the link the exchange is still running.
    says(200, [], 'x'.repeat(50_000))(incoming, exchange);
    return { data() {}, end: ended.resolve };
  });
  const outgoing = send({ headers: { 'content-length': 100_000 } });
  outgoing.end('x'.repeat(100_000));
  const response = await answer(outgoing);
  bridge.socket!.close(1000);
  assert.equal((await text(response)).length, 50_000);
  assert.equal(response.complete, true);
});
