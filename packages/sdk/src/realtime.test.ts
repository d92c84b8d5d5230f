import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { newId, type RealtimeToClient, type RealtimeToRelay } from '@cloudtolocalllm/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { ApiError } from './api-error.ts';
import { createClient } from './client.ts';
import type { RealtimeEvent } from './realtime.ts';

/** One socket as the relay sees it. */
class Arrival {
  readonly heard: RealtimeToRelay[] = [];
  readonly socket: WebSocket;
  readonly url: URL;
  readonly protocols: string[];

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.socket = socket;
    this.url = new URL(request.url ?? '', 'http://localhost');
    this.protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    socket.on('message', (data: Buffer) => this.heard.push(JSON.parse(data.toString()) as RealtimeToRelay)); // as: tests check it
  }

  ready(id: string, missed = false): void {
    this.tell({ type: 'ready', id, payload: { missed } });
  }

  tell(message: RealtimeToClient): void {
    this.socket.send(JSON.stringify(message));
  }
}

/** A relay that refuses upgrades with a status and answers every other request with it, or takes sockets. */
async function startRelay(t: TestContext) {
  const arrivals: Arrival[] = [];
  const waiting: ((arrival: Arrival) => void)[] = [];
  const relay = { status: 200, url: '', next, upgrades: 0 };
  const server = createServer((_request, response) => {
    const error = { error: 'not_found', message: 'There is none.', code: relay.status };
    response.writeHead(relay.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(relay.status === 200 ? {} : error));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'c2l.v1' });
  server.on('upgrade', (request, socket, head) => {
    relay.upgrades++;
    if (relay.status !== 200) return void socket.end(`HTTP/1.1 ${relay.status} No\r\nConnection: close\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const arrival = new Arrival(webSocket, request);
      const take = waiting.shift();
      if (take) take(arrival);
      else arrivals.push(arrival);
    });
  });
  function next(): Promise<Arrival> {
    const arrival = arrivals.shift();
    return arrival ? Promise.resolve(arrival) : new Promise((resolve) => waiting.push(resolve));
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  relay.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as: it listens on a port
  t.after(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
    server.closeAllConnections();
  });
  return relay;
}

const removed = (id: string): RealtimeToClient => ({
  type: 'bridge_removed',
  id,
  payload: { bridgeId: newId('bridge') },
});

/** A token that says when it ends, as far as a client looks. */
function tokenUntil(seconds: number): string {
  return `e30.${Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + seconds })).toString('base64url')}.s`;
}

async function take(events: AsyncGenerator<RealtimeEvent>, count: number): Promise<string[]> {
  const types: string[] = [];
  while (types.length < count) {
    const { value, done } = await events.next();
    assert.ok(!done);
    types.push(value.type);
  }
  return types;
}

describe('realtime', () => {
  it('opens a socket with its token as a subprotocol, and first of all asks for a fetch', async (t) => {
    const relay = await startRelay(t);
    const client = createClient({ baseUrl: `${relay.url}/`, token: () => 'secret' });
    const events = client.realtime.status('auth0|ada');
    const first = events.next();
    const arrival = await relay.next();
    assert.equal(arrival.url.href, 'http://localhost/ws/status/auth0%7Cada');
    assert.deepEqual(arrival.protocols, ['c2l.v1', 'bearer.secret']);
    arrival.ready('e-0');
    arrival.tell(removed('e-1'));
    assert.deepEqual((await first).value, { type: 'refetch' });
    assert.deepEqual(await take(events, 1), ['bridge_removed']);
    await events.return();
    await once(arrival.socket, 'close');
  });

  it('connects again after a cut and goes on after the last event that was read', async (t) => {
    const relay = await startRelay(t);
    const states: string[] = [];
    const client = createClient({ baseUrl: relay.url, token: () => 'secret' });
    const events = client.realtime.chat(newId('conv'), { onConnection: (state) => states.push(state) });
    const reading = take(events, 3);
    const first = await relay.next();
    first.ready('e-0');
    first.tell(removed('e-1'));
    first.tell(removed('e-2'));
    assert.deepEqual(await reading, ['refetch', 'bridge_removed', 'bridge_removed']);
    const more = take(events, 2);
    first.socket.terminate();
    const second = await relay.next();
    assert.equal(second.url.searchParams.get('after'), 'e-2');
    second.ready('e-2');
    second.tell(removed('e-3'));
    second.tell(removed('e-4'));
    assert.deepEqual(await more, ['bridge_removed', 'bridge_removed']);
    assert.deepEqual(states, ['live', 'lost', 'live']);
    await events.return();
  });

  it('asks for a fetch when something was missed, and goes on from where the relay stands', async (t) => {
    const relay = await startRelay(t);
    const events = createClient({ baseUrl: relay.url, token: () => 'secret' }).realtime.status('ada');
    const reading = take(events, 3);
    const first = await relay.next();
    first.ready('e-0');
    first.ready('f-7', true);
    first.socket.close(1012);
    const second = await relay.next();
    assert.equal(second.url.searchParams.get('after'), 'f-7');
    second.ready('g-1', true);
    assert.deepEqual(await reading, ['refetch', 'refetch', 'refetch']);
    await events.return();
  });

  it('stays away when everything of the person was deleted', async (t) => {
    const relay = await startRelay(t);
    const states: string[] = [];
    const client = createClient({ baseUrl: relay.url, token: () => 'secret' });
    const events = client.realtime.status('ada', { onConnection: (state) => states.push(state) });
    const reading = take(events, 1);
    const first = await relay.next();
    first.ready('e-0');
    await reading;
    first.socket.close(4410);
    await assert.rejects(events.next(), (error) => error instanceof ApiError && error.code === 'erased');
    assert.deepEqual([states, relay.upgrades], [['live'], 1]);
  });

  it('gets a new token when the relay says that its token is over', async (t) => {
    const relay = await startRelay(t);
    const token = (refused?: string): string => (refused === 'old' ? 'new' : 'old');
    const events = createClient({ baseUrl: relay.url, token }).realtime.status('ada');
    const reading = take(events, 2);
    const first = await relay.next();
    first.ready('e-0');
    first.socket.close(4401);
    const second = await relay.next();
    assert.deepEqual(second.protocols, ['c2l.v1', 'bearer.new']);
    second.ready('e-0');
    second.tell(removed('e-1'));
    await reading;
    await events.return();
  });

  it('sends a newer token before the old one ends', async (t) => {
    const relay = await startRelay(t);
    const [old, newer] = [tokenUntil(5), tokenUntil(3600)];
    const token = (refused?: string): string => (refused === old ? newer : old);
    const events = createClient({ baseUrl: relay.url, token }).realtime.status('ada');
    const reading = take(events, 1);
    const arrival = await relay.next();
    const [data] = (await once(arrival.socket, 'message')) as [Buffer]; // as: what ws passes
    assert.deepEqual(JSON.parse(data.toString()), { type: 'authenticate', payload: { token: newer } });
    arrival.ready('e-0');
    await reading;
    await events.return();
  });

  it('throws what the relay says when it refuses for good', async (t) => {
    const relay = await startRelay(t);
    relay.status = 404;
    const events = createClient({ baseUrl: relay.url, token: () => 'secret' }).realtime.chat(newId('conv'));
    await assert.rejects(events.next(), (error) => error instanceof ApiError && error.code === 'not_found');
    assert.equal(relay.upgrades, 1);
  });

  it('throws when its person has signed out', async (t) => {
    const relay = await startRelay(t);
    const signedOut = new ApiError('You are signed out.', { status: 0, code: 'signed_out' });
    const token = (): never => {
      throw signedOut;
    };
    await assert.rejects(createClient({ baseUrl: relay.url, token }).realtime.status('ada').next(), signedOut);
    assert.equal(relay.upgrades, 0);
  });

  it('tries again while the relay is away', async (t) => {
    const relay = await startRelay(t);
    relay.status = 503;
    const events = createClient({ baseUrl: relay.url, token: () => 'secret' }).realtime.status('ada');
    const reading = take(events, 1);
    while (relay.upgrades < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    relay.status = 200;
    (await relay.next()).ready('e-0');
    assert.deepEqual(await reading, ['refetch']);
    await events.return();
  });

  it('ends at once with the reason of its signal, and closes its socket', async (t) => {
    const relay = await startRelay(t);
    const controller = new AbortController();
    const events = createClient({ baseUrl: relay.url, token: () => 'secret' }).realtime.status('ada', controller);
    const reading = take(events, 2);
    const arrival = await relay.next();
    arrival.ready('e-0');
    const reason = new Error('the page was closed');
    setImmediate(() => controller.abort(reason));
    await assert.rejects(reading, reason);
    await once(arrival.socket, 'close');
    assert.equal(relay.upgrades, 1);
  });
});
