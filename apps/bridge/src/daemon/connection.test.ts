import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import {
  decodeHello,
  encodeWelcome,
  Link,
  LinkBudget,
  linkSocket,
  type Hello,
  type Welcome,
} from '@cloudtolocalllm/protocol';
import { WebSocketServer, type WebSocket } from 'ws';
import { Connection, type Ending } from './connection.ts';

type Relay = (socket: WebSocket, hello: Hello, request: IncomingMessage) => void;

/** A connection to a relay that behaves as the test says. */
async function start(t: TestContext, relay: Relay, onOnline = () => {}, handshakeMs = 10_000) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket, request) => {
    socket.on('error', () => {});
    socket.once('message', (data: Buffer) => relay(socket, decodeHello(data), request));
  });
  const resets: string[] = [];
  const online: boolean[] = [];
  const faults: unknown[] = [];
  const connection = new Connection({
    accept: () => ({ data() {}, end() {}, reset: (code) => void resets.push(code) }),
    online(resumed) {
      online.push(resumed);
      onOnline();
    },
    fault: (error) => void faults.push(error),
    handshakeMs,
  });
  const stop = new AbortController();
  t.after(() => {
    connection[Symbol.dispose]();
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/bridge/x`;
  const run = (): Promise<Ending> => connection.run(url, 'token', stop.signal);
  return { connection, run, stop, online, resets, faults, server };
}

const SESSION = '66666666-7777-4888-9999-aaaaaaaaaaaa';
const welcome = (changes: Partial<Welcome> = {}): Buffer =>
  encodeWelcome({ version: 1, resumed: false, session: SESSION, received: 0, graceMs: 90_000, ...changes });

test('says HELLO with its token in the header, and is online after WELCOME', async (t) => {
  const seen: (string | undefined)[] = [];
  const relay: Relay = (socket, hello, request) => {
    seen.push(
      request.headers.authorization,
      request.headers.origin,
      request.headers['sec-websocket-extensions'],
      hello.session,
    );
    socket.send(welcome());
  };
  const { run, stop, online } = await start(t, relay, () => stop.abort());
  const { code, welcomed } = await run();
  assert.deepEqual(seen, ['Bearer token', undefined, undefined, undefined]);
  assert.deepEqual([code, welcomed, online], [1000, true, [false]]);
});

test('ends what is no relay of this protocol, and takes nothing that comes behind it', async (t) => {
  const cases: [name: string, message: Buffer | string, reason: RegExp][] = [
    ['garbage', Buffer.from('garbage'), /expected WELCOME/],
    ['text', '{"type":"welcome"}', /expected WELCOME/],
    ['WELCOME as text', welcome().toString('latin1'), /expected WELCOME/],
    ['a WELCOME that is too short', welcome().subarray(0, 10), /expected WELCOME/],
    ['another version', welcome({ version: 9 }), /speaks version 9/],
    ['messages received that were never sent', welcome({ received: 5 }), /acknowledges message 5 of 0/],
  ];
  for (const [name, message, reason] of cases) {
    await t.test(name, async (t) => {
      const { run, online } = await start(t, (socket) => {
        socket.send(message);
        socket.send(welcome());
      });
      const ending = await run();
      assert.deepEqual([ending.code, ending.welcomed, online], [4400, false, []]);
      assert.match(ending.reason, reason);
    });
  }
});

test('does not wait for ever for a WELCOME', async (t) => {
  const { run } = await start(t, () => {}, undefined, 100);
  assert.deepEqual(await run(), { code: 4400, reason: 'no WELCOME', welcomed: false });
});

test('says how the relay refused it, and survives an address that is none', async (t) => {
  const { connection, stop, server } = await start(t, () => {});
  server.options.verifyClient = (_info: unknown, done: (ok: boolean, status: number) => void) => done(false, 404);
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.equal((await connection.run(url, 'token', stop.signal)).httpStatus, 404);
  for (const wrong of ['', 'no url', 'ftp://x', 'ws://127.0.0.1:1', 'ws://x/#fragment']) {
    const { code, reason, welcomed } = await connection.run(wrong, 'token', stop.signal);
    assert.deepEqual([code, welcomed], [1006, false]);
    assert.notEqual(reason, '');
  }
});

test('resumes its session; exchanges end when the relay has forgotten it', async (t) => {
  const hellos: Hello[] = [];
  const links: Link[] = [];
  const { run, resets, online, faults } = await start(t, (socket, hello) => {
    hellos.push(hello);
    const resumed = hellos.length === 2;
    const link = resumed ? links[0]! : new Link({ session: crypto.randomUUID(), budget: new LinkBudget() });
    links.push(link);
    socket.send(welcome({ session: link.session, resumed, received: link.received }));
    socket.on('message', (data: Buffer, isBinary) => link.receive(isBinary ? data : data.toString()));
    link.attach(linkSocket(socket), resumed ? hello.received : 0);
    if (hellos.length === 1) link.open({ method: 'GET', path: '/', headers: [] }, { data() {}, end() {}, reset() {} });
    // After the OPEN has gone out.
    setImmediate(() => setImmediate(() => (link.detach(), socket.terminate())));
  });
  await run();
  await run();
  assert.deepEqual(resets, []);
  await run();
  assert.deepEqual(resets, ['link_lost']);
  assert.deepEqual(online, [false, true, false]);
  assert.equal(hellos[1]?.session, links[0]?.session);
  assert.equal(hellos[1]?.received, 1);
  assert.equal(new Set(hellos.map(({ instance }) => instance)).size, 1);
  assert.deepEqual(faults, []);
});

test('gives its exchanges up after the grace period, whatever grace the relay names', async (t) => {
  for (const graceMs of [0, 0xffffffff]) {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { run, resets } = await start(t, (socket, hello) => {
      const link = new Link({ session: SESSION, budget: new LinkBudget() });
      socket.send(welcome({ graceMs }));
      link.attach(linkSocket(socket), hello.received);
      link.open({ method: 'GET', path: '/', headers: [] }, { data() {}, end() {}, reset() {} });
      setImmediate(() => setImmediate(() => socket.terminate()));
    });
    await run();
    assert.deepEqual(resets, []);
    t.mock.timers.tick(graceMs === 0 ? 1 : 10 * 60_000);
    assert.deepEqual(resets, ['link_lost']);
    t.mock.timers.reset();
  }
});

test('stops at once when it was told to before', async (t) => {
  const { run, stop } = await start(t, () => {});
  stop.abort();
  assert.equal((await run()).welcomed, false);
});

/** A connection that is online at a relay which answers pings or not. */
async function startOnline(t: TestContext, autoPong: boolean) {
  const started = Promise.withResolvers<void>();
  const { connection, run, server, stop } = await start(t, (socket) => socket.send(welcome()), started.resolve);
  server.options.autoPong = autoPong;
  const ending = run();
  await started.promise;
  return { connection, ending, server, stop };
}

test('ends at once when its address is gone, from which nobody will hear of it', async (t) => {
  const { connection, ending } = await startOnline(t, true);
  connection.probe(new Set(['192.0.2.1']));
  assert.equal((await ending).code, 1006);
});

test('ends in seconds after a change when nothing is heard of the relay, which would be noticed later anyway', async (t) => {
  const { connection, ending } = await startOnline(t, false);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  connection.probe(new Set(['127.0.0.1']));
  t.mock.timers.tick(3000);
  assert.equal((await ending).code, 1006);
});

test('stays when the relay answers after a change, and asks nothing of a connection that is over', async (t) => {
  const { connection, ending, server, stop } = await startOnline(t, true);
  const [peer] = server.clients;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (let time = 0; time < 3; time++) {
    const pinged = once(peer!, 'ping'); // it is connected
    connection.probe(time === 0 ? undefined : new Set(['127.0.0.1']));
    await pinged;
    // Its pong was sent before this message of the same socket.
    peer!.ping();
    await once(peer!, 'pong');
    t.mock.timers.tick(3000);
  }
  stop.abort();
  assert.equal((await ending).code, 1000);
  connection.probe(new Set());
});

test('keeps what the system said of a failed attempt', async (t) => {
  const { connection, stop } = await start(t, () => {});
  const { error } = await connection.run('ws://nowhere.invalid/', 'token', stop.signal);
  assert.equal((error as NodeJS.ErrnoException).code, 'ENOTFOUND');
});
