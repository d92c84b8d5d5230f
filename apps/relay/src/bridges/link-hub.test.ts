import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { CLOSE, encodeHello, LINK_LIMITS, type Exchange, type ResetCode } from '@cloudtolocalllm/protocol';
import type { WebSocket } from 'ws';
import type { BridgeConnection } from './bridge-connection.ts';
import { closing, connect, TestBridge, type Accept } from './test-bridge.ts';
import { startTestHub, TEST_USER, type TestHubOptions } from './test-hub.ts';

const REQUEST = { method: 'POST', path: '/api/chat', headers: [] };
const STATUS = { type: 'status_update', payload: { ollamaStatus: 'connected', models: ['tiny'] } };

/** A hub, and an event for each change that it tells. */
async function start(t: TestContext, options: TestHubOptions = {}) {
  const changes = new EventTarget();
  const fixture = await startTestHub(t, { changed: () => changes.dispatchEvent(new Event('change')), ...options });
  const until = async (look: () => boolean) => {
    while (!look()) await once(changes, 'change');
  };
  return { ...fixture, until };
}

/** What arrives on an exchange at the relay, as one text, and how it ends. */
function recorder() {
  const ended = Promise.withResolvers<string>();
  let exchange: Exchange | undefined;
  let text = '';
  return {
    ended: ended.promise,
    opened: (value: Exchange) => (exchange = value),
    head() {},
    data(chunk: Buffer) {
      text += chunk.toString();
      exchange?.consumed(chunk.length);
    },
    end: () => ended.resolve(text),
    reset: (code: ResetCode) => ended.resolve(`${text}!${code}`),
  };
}

/** A bridge that answers with the body it gets. */
const echo: Accept = (_request, exchange) => ({
  data(chunk) {
    exchange.write(Buffer.from(chunk));
    exchange.consumed(chunk.length);
  },
  end: () => exchange.end(),
});
const answering: Accept = (request, exchange) => {
  exchange.head(200, []);
  return echo(request, exchange);
};

/** A JSON-only bridge: a socket, and the close that is to come. */
async function jsonOnly(
  url: string,
  token: string,
): Promise<{ socket: WebSocket; closed: ReturnType<typeof closing> }> {
  const socket = await connect(url, token);
  return { socket, closed: closing(socket) };
}

test('carries exchanges, and knows who is there', async (t) => {
  const { hub, admit, url, until, faults } = await start(t);
  const { token, bridgeId } = admit();
  const bridge = new TestBridge(answering);
  await bridge.connect(url(bridgeId), token);
  bridge.say(STATUS);
  await until(() => hub.get(bridgeId)?.report !== undefined);
  assert.deepEqual(hub.ofUser(TEST_USER)[0]?.models, ['tiny']);
  assert.deepEqual(hub.ofUser('somebody-else'), []);
  await assert.rejects(hub.require('somebody-else', bridgeId), { code: 'bridge_offline' });

  const link = await hub.require(TEST_USER, bridgeId);
  const receiver = recorder();
  const exchange = link.open(REQUEST, receiver);
  exchange.write(Buffer.from('hello'));
  exchange.end();
  assert.equal(await receiver.ended, 'hello');
  assert.equal(hub.exchangeCount, 0);
  assert.deepEqual(faults, []);
});

test('closes an arrival that is no bridge of this protocol, and hears nothing more of it', async (t) => {
  const { hub, admit, url } = await start(t);
  const hello = encodeHello({ version: 1, instance: crypto.randomUUID(), received: 0 });
  const cases: [name: string, message: Buffer | string, code: number][] = [
    ['text', JSON.stringify(STATUS), 4400],
    ['garbage', Buffer.from('garbage'), 4400],
    ['nothing', Buffer.alloc(0), 4400],
    ['a HELLO that is too short', hello.subarray(0, 20), 4400],
    ['a HELLO as text', hello.toString('latin1'), 4400],
    ['a version that is too old', encodeHello({ version: 0, instance: crypto.randomUUID(), received: 0 }), 4406],
  ];
  for (const [name, message, code] of cases) {
    await t.test(name, async () => {
      const { token, bridgeId } = admit();
      const socket = await connect(url(bridgeId), token);
      const closed = closing(socket);
      socket.send(message);
      socket.send(hello);
      const ending = await closed;
      assert.equal(ending.code, code);
      assert.notEqual(ending.reason, '');
      assert.equal(hub.get(bridgeId), undefined);
    });
  }
});

test('closes with 4408 when no HELLO comes', async (t) => {
  const { admit, url, hub } = await start(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { token, bridgeId } = admit();
  const socket = await connect(url(bridgeId), token);
  const closed = closing(socket);
  t.mock.timers.tick(LINK_LIMITS.handshakeMs);
  assert.equal((await closed).code, CLOSE.handshakeTimeout);
  assert.equal(hub.get(bridgeId), undefined);
  t.mock.timers.reset();
});

test('resumes a session in mid-answer: nothing is lost or repeated', async (t) => {
  const { hub, admit, url, until } = await start(t);
  const { token, bridgeId } = admit();
  const exchanges: Exchange[] = [];
  const bridge = new TestBridge((_request, exchange) => {
    exchange.head(200, []);
    exchanges.push(exchange);
    return {};
  });
  await bridge.connect(url(bridgeId), token);
  const receiver = recorder();
  receiver.opened(hub.ofUser(TEST_USER)[0]!.open(REQUEST, receiver));
  while (exchanges.length === 0) await once(bridge.socket!, 'message');
  exchanges[0]!.write(Buffer.from('before '));
  await bridge.cut();
  await until(() => hub.get(bridgeId)?.connected === false);
  exchanges[0]!.write(Buffer.from('during '));
  assert.equal((await bridge.connect(url(bridgeId), token)).resumed, true);
  exchanges[0]!.write(Buffer.from('after'));
  exchanges[0]!.end();
  assert.equal(await receiver.ended, 'before during after');
});

test("begins anew when the session is another instance's, or the relay doesn't know it", async (t) => {
  const { admit, url } = await start(t);
  const { token, bridgeId } = admit();
  const first = new TestBridge();
  await first.connect(url(bridgeId), token);
  const thief = new TestBridge();
  thief.link = first.link;
  const { resumed, session } = await thief.connect(url(bridgeId), token);
  assert.equal(resumed, false);
  assert.notEqual(session, first.welcome?.session);
  assert.equal((await first.closed)?.code, CLOSE.replaced);
});

test('tells a replaced instance with 4409, and again when it comes back', async (t) => {
  const { hub, admit, url } = await start(t);
  const { token, bridgeId } = admit();
  const first = new TestBridge(answering);
  await first.connect(url(bridgeId), token);
  const receiver = recorder();
  hub.ofUser(TEST_USER)[0]!.open(REQUEST, receiver);
  const second = new TestBridge();
  await second.connect(url(bridgeId), token);
  assert.equal((await first.closed)?.code, CLOSE.replaced);
  assert.match(await receiver.ended, /!link_lost$/);
  await assert.rejects(first.connect(url(bridgeId), token), /closed with 4409/);
  assert.equal(hub.ofUser(TEST_USER).length, 1);
  assert.equal(second.link?.attached, true);
});

test('detaches a superseded socket with 4410, and its exchanges go on', async (t) => {
  const { hub, admit, url } = await start(t);
  const { token, bridgeId } = admit();
  const bridge = new TestBridge(answering);
  await bridge.connect(url(bridgeId), token);
  const old = bridge.closed;
  const receiver = recorder();
  const exchange = hub.ofUser(TEST_USER)[0]!.open(REQUEST, receiver);
  receiver.opened(exchange);
  exchange.write(Buffer.from('one '));
  bridge.link!.detach(); // as after a cut that the relay hasn't noticed
  assert.equal((await bridge.connect(url(bridgeId), token)).resumed, true);
  assert.equal((await old)?.code, CLOSE.superseded);
  exchange.write(Buffer.from('two'));
  exchange.end();
  assert.equal(await receiver.ended, 'one two');
});

test('ends the exchanges of a bridge that does not come back within the grace period', async (t) => {
  const { hub, admit, url } = await start(t, { graceMs: 10 });
  const { token, bridgeId } = admit();
  const bridge = new TestBridge();
  assert.equal((await bridge.connect(url(bridgeId), token)).graceMs, 10);
  const receiver = recorder();
  hub.ofUser(TEST_USER)[0]!.open(REQUEST, receiver);
  await bridge.cut();
  assert.equal(await receiver.ended, '!link_lost');
  assert.equal(hub.get(bridgeId), undefined);
  assert.equal((await bridge.connect(url(bridgeId), token)).resumed, false);
});

test('ends a session at once when its bridge says 1000', async (t) => {
  const { hub, admit, url } = await start(t);
  const { token, bridgeId } = admit();
  const bridge = new TestBridge();
  await bridge.connect(url(bridgeId), token);
  const receiver = recorder();
  hub.ofUser(TEST_USER)[0]!.open(REQUEST, receiver);
  bridge.socket!.close(CLOSE.stopped);
  assert.equal(await receiver.ended, '!link_lost');
  assert.equal(hub.get(bridgeId), undefined);
  await assert.rejects(hub.require(TEST_USER, bridgeId), { code: 'bridge_offline' });
});

test('closes with 4401 when the token ends, unless a newer one was sent', async (t) => {
  const { hub, admit, url } = await start(t);
  const soon = new Date(Date.now() + 300);
  const ending = admit({ expires: soon });
  const renewed = admit({ expires: soon });
  const [first, second] = [new TestBridge(), new TestBridge()];
  await first.connect(url(ending.bridgeId), ending.token);
  await second.connect(url(renewed.bridgeId), renewed.token);
  const { token } = admit({ bridgeId: renewed.bridgeId });
  second.say({ type: 'authenticate', payload: { token } });
  assert.deepEqual(await first.closed, { code: CLOSE.unauthorized, reason: 'the session token has expired' });
  assert.equal(hub.get(renewed.bridgeId)?.connected, true);
  // Its session goes on with a new token.
  const again = admit({ bridgeId: ending.bridgeId });
  assert.equal((await first.connect(url(ending.bridgeId), again.token)).resumed, true);
});

test('checks one renewed token at a time', async (t) => {
  const checks: PromiseWithResolvers<void>[] = [];
  const { hub, admit, url, until } = await start(t, {
    verifyToken: async () => {
      const check = Promise.withResolvers<void>();
      checks.push(check);
      await check.promise;
      return { bridgeId, expires: new Date(Date.now() + 3_600_000) };
    },
  });
  const { token, bridgeId } = admit();
  const bridge = new TestBridge();
  await bridge.connect(url(bridgeId), token);
  const authenticate = { type: 'authenticate', payload: { token } };
  const report = async (name: string) => {
    bridge.say({ type: 'status_update', payload: { ollamaStatus: 'connected', models: [name] } });
    await until(() => hub.get(bridgeId)?.report?.models[0] === name);
  };
  for (let count = 0; count < 100; count++) bridge.say(authenticate);
  await report('flooded');
  assert.equal(checks.length, 1);
  checks[0]!.resolve(); // made by the first
  await new Promise(setImmediate);
  bridge.say(authenticate);
  await report('renewed again');
  assert.equal(checks.length, 2);
});

test('closes with 4401 on a token that is not for this bridge', async (t) => {
  const { admit, url } = await start(t);
  for (const wrong of [admit().token, 'garbage']) {
    const { token, bridgeId } = admit();
    const bridge = new TestBridge();
    await bridge.connect(url(bridgeId), token);
    bridge.say({ type: 'authenticate', payload: { token: wrong } });
    assert.equal((await bridge.closed)?.code, CLOSE.unauthorized);
  }
});

test('closes a removed bridge with 4404, also one that has not said HELLO yet', async (t) => {
  const { hub, admit, url } = await start(t);
  const { token, bridgeId } = admit();
  const bridge = new TestBridge();
  await bridge.connect(url(bridgeId), token);
  const arrival = await connect(url(bridgeId), token);
  const arrivalClosed = closing(arrival);
  hub.drop(bridgeId);
  assert.equal((await bridge.closed)?.code, CLOSE.deleted);
  assert.equal((await arrivalClosed).code, CLOSE.deleted);
  assert.equal(hub.get(bridgeId), undefined);
  assert.equal(hub.ofUser(TEST_USER).length, 0);
});

test('a bridge that was removed while its token was being checked, or while it was cut off, stays away', async (t) => {
  const { hub, admit, url } = await start(t);
  const [streaming, jsonOnly] = [admit(), admit({ streaming: false })];
  const bridge = new TestBridge();
  await bridge.connect(url(streaming.bridgeId), streaming.token);
  await bridge.cut();
  for (const { bridgeId, token } of [streaming, jsonOnly]) {
    hub.drop(bridgeId);
    assert.equal((await closing(await connect(url(bridgeId), token))).code, CLOSE.deleted);
  }
  assert.equal(hub.ofUser(TEST_USER).length, 0);
});

test('drains: nothing new, what runs may end', async (t) => {
  const { hub, admit, url } = await start(t);
  const { token, bridgeId } = admit();
  const bridge = new TestBridge(answering);
  await bridge.connect(url(bridgeId), token);
  const link = await hub.require(TEST_USER, bridgeId);
  const receiver = recorder();
  const exchange = link.open(REQUEST, receiver);
  const drained = hub.drain(new AbortController().signal);
  assert.throws(() => link.open(REQUEST, recorder()), { code: 'shutting_down' });
  exchange.write(Buffer.from('to the end'));
  exchange.end();
  assert.equal(await receiver.ended, 'to the end');
  await drained;
});

test('disposed: tells everybody 1012, resets what runs, and waits for nobody', async (t) => {
  const { hub, admit, url } = await start(t);
  const [streaming, json, arriving] = [admit(), admit({ streaming: false }), admit()];
  const bridge = new TestBridge();
  await bridge.connect(url(streaming.bridgeId), streaming.token);
  const jsonBridge = await jsonOnly(url(json.bridgeId), json.token);
  const arrival = await connect(url(arriving.bridgeId), arriving.token);
  const closings = [bridge.closed!, jsonBridge.closed, closing(arrival)]; // connected above
  const receiver = recorder();
  const link = await hub.require(TEST_USER, streaming.bridgeId);
  link.open(REQUEST, receiver);
  hub[Symbol.dispose]();
  for (const ending of await Promise.all(closings)) assert.equal(ending.code, CLOSE.restarting);
  assert.equal(await receiver.ended, '!shutting_down');
  assert.throws(() => link.open(REQUEST, recorder()), { code: 'shutting_down' });
});

test('refuses malformed envelopes with 4400 and the reason, in both modes', async (t) => {
  const { hub, admit, url, faults } = await start(t);
  const cases: [name: string, envelope: string, reason: RegExp][] = [
    ['no JSON', 'hello', /not a JSON envelope/],
    ['null', 'null', /without a type/],
    ['a type that is no text', '{"type":{"toString":null,"valueOf":null}}', /without a type/],
    ['a long type that is no text', JSON.stringify({ type: ['x'.repeat(1000)] }), /without a type/],
    ['no payload', '{"type":"status_update"}', /status_update: payload/],
    [
      'a wrong field',
      '{"type":"status_update","payload":{"ollamaStatus":"fine","models":[]}}',
      /payload\.ollamaStatus/,
    ],
    [
      'a model that is no text',
      '{"type":"status_update","payload":{"ollamaStatus":"connected","models":[1]}}',
      /payload\.models\.0/,
    ],
    ['an id that is too long', JSON.stringify({ ...STATUS, id: 'x'.repeat(200) }), /status_update: id/],
    ['a reply without request', '{"type":"chat_chunk","payload":{"content":"x"}}', /chat_chunk: payload\.requestId/],
  ];
  for (const [name, envelope, reason] of cases) {
    await t.test(name, async () => {
      const json = admit({ streaming: false });
      const { socket, closed } = await jsonOnly(url(json.bridgeId), json.token);
      socket.send(envelope);
      const streaming = admit();
      const bridge = new TestBridge();
      await bridge.connect(url(streaming.bridgeId), streaming.token);
      bridge.link!.sendEnvelope(envelope);
      for (const ending of [await closed, await bridge.closed!]) {
        assert.equal(ending.code, CLOSE.protocolError);
        assert.match(ending.reason, reason);
      }
      assert.equal(hub.get(json.bridgeId), undefined, 'the session ends');
      assert.equal(hub.get(streaming.bridgeId), undefined, 'the session ends');
    });
  }
  assert.deepEqual(faults, []);
});

test('JSON-only: sends chat requests, brings replies, ignores what it does not know, tells of a lost bridge', async (t) => {
  const { hub, admit, url, until } = await start(t);
  const { token, bridgeId } = admit({ streaming: false });
  const { socket, closed } = await jsonOnly(url(bridgeId), token);
  socket.send('{"type":"of_a_later_version","payload":{"x":1}}');
  socket.send(JSON.stringify({ ...STATUS, more: 'fields' }));
  await until(() => hub.get(bridgeId)?.report !== undefined);
  const link = await hub.require(TEST_USER, bridgeId);
  assert.throws(() => link.open(REQUEST, recorder()), { code: 'bridge_offline' });

  const replies: string[] = [];
  const lost = Promise.withResolvers<string>();
  const listen = { message: (reply: { type: string }) => replies.push(reply.type), lost: lost.resolve };
  const payload = { model: 'tiny', messages: [], stream: true };
  link.request({ type: 'chat_request', id: 'A', payload }, listen);
  link.request({ type: 'chat_request', id: 'B', payload }, listen)[Symbol.dispose]();
  assert.equal(JSON.parse(String((await once(socket, 'message'))[0])).id, 'A');
  for (const requestId of ['A', 'B', 'C']) {
    socket.send(JSON.stringify({ type: 'chat_chunk', payload: { requestId, content: 'x' } }));
  }
  socket.send(Buffer.from([0x10]));
  const ending = await closed;
  assert.equal(ending.code, CLOSE.protocolError);
  assert.match(ending.reason, /text only/);
  assert.match(await lost.promise, /text only/);
  assert.deepEqual(replies, ['chat_chunk']);
  assert.equal(hub.get(bridgeId), undefined);
});

test('JSON-only: the newest socket wins, and the older one is heard no more', async (t) => {
  const { hub, admit, url } = await start(t);
  const { token, bridgeId } = admit({ streaming: false });
  const first = await jsonOnly(url(bridgeId), token);
  const lost = Promise.withResolvers<string>();
  const link = await hub.require(TEST_USER, bridgeId);
  link.request(
    { type: 'chat_request', id: 'A', payload: { model: 'm', messages: [], stream: true } },
    { message() {}, lost: lost.resolve },
  );
  const second = await connect(url(bridgeId), token);
  assert.match(await lost.promise, /another process/);
  first.socket.send(JSON.stringify(STATUS));
  assert.equal((await first.closed).code, CLOSE.replaced);
  assert.equal(hub.ofUser(TEST_USER).length, 1);
  assert.equal(hub.get(bridgeId)?.report, undefined);
  second.close(CLOSE.stopped);
  await once(second, 'close');
  assert.equal(hub.get(bridgeId), undefined);
  assert.deepEqual(await hub.online(TEST_USER), []);
});

test('a fault in a listener closes that one bridge, and is logged', async (t) => {
  const { hub, admit, url, faults } = await start(t);
  const { token, bridgeId } = admit({ streaming: false });
  const { socket, closed } = await jsonOnly(url(bridgeId), token);
  const fault = new Error('a bug');
  const link = (await hub.require(TEST_USER, bridgeId)) as BridgeConnection; // as: the hub's links are connections
  const message = () => {
    throw fault;
  };
  link.request(
    { type: 'chat_request', id: 'A', payload: { model: 'm', messages: [], stream: true } },
    { message, lost() {} },
  );
  socket.send(JSON.stringify({ type: 'chat_chunk', payload: { requestId: 'A', content: 'x' } }));
  assert.deepEqual(await closed, { code: CLOSE.protocolError, reason: 'internal error' });
  assert.deepEqual(faults, [fault]);
});

test('a request waits for a bridge that was just cut off', async (t) => {
  const { hub, admit, url, until } = await start(t);
  const { token, bridgeId } = admit();
  const bridge = new TestBridge();
  await bridge.connect(url(bridgeId), token);
  await bridge.cut();
  await until(() => hub.get(bridgeId)?.connected === false);
  const waiting = Promise.all([hub.require(TEST_USER, bridgeId), hub.online(TEST_USER)]);
  await bridge.connect(url(bridgeId), token);
  const [link, online] = await waiting;
  assert.equal(link.bridgeId, bridgeId);
  assert.equal(online.length, 1);
});

test('survives messages above the limits', async (t) => {
  const { admit, url, faults } = await start(t);
  for (const [streaming, message, code] of [
    [false, 'x'.repeat(4 * 1024 * 1024 + 1), 1009],
    [true, Buffer.alloc(4 * 1024 * 1024 + 1, 0x10), 1009],
    [true, Buffer.alloc(LINK_LIMITS.maxMessageBytes + 1, 0x10), 4400],
  ] as const) {
    const { token, bridgeId } = admit({ streaming });
    const bridge = new TestBridge();
    let socket: WebSocket;
    if (streaming) {
      await bridge.connect(url(bridgeId), token);
      socket = bridge.socket!;
    } else socket = await connect(url(bridgeId), token);
    const closed = closing(socket);
    socket.send(message);
    assert.equal((await closed).code, code);
  }
  assert.deepEqual(faults, []);
});
