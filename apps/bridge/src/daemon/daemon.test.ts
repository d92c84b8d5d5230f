import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { decodeHello, encodeWelcome, Link, LinkBudget, linkSocket } from '@cloudtolocalllm/protocol';
import { WebSocketServer } from 'ws';
import { Account } from '../account.ts';
import { saveCredentials } from '../credentials.ts';
import { namedEngines } from '../engines/engine-settings.ts';
import { defaultPolicy } from '../policy.ts';
import { Activity } from './activity.ts';
import { Daemon, type BridgeState } from './daemon.ts';

const HOUR_MS = 60 * 60_000;
/** After each step real sockets do what the timers began. */
const STEP_MS = 60_000;

/** A relay with an engine on the same port: counts what it is asked, and drops or welcomes as the test says. */
async function startPeer(t: TestContext) {
  const seen = { registrations: 0, probes: 0, sockets: 0, tokens: [] as string[] };
  /** What stands before the relay answers in its place. */
  const answers = { strange: false };
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of waiting) look();
  };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/api/bridge/register') {
      seen.registrations++;
      changed();
      if (answers.strange) return void response.end('{"welcome":"to our hotel"}');
      const { port } = server.address() as AddressInfo; // listening on TCP
      response.end(
        JSON.stringify({
          success: true,
          bridgeId: 'bridge-66666666-7777-4888-9999-aaaaaaaaaaaa',
          sessionToken: `session ${seen.registrations}`,
          endpoints: { websocket: `ws://127.0.0.1:${port}/ws/bridge/x`, status: '/status' },
        }),
      );
    } else {
      seen.probes++;
      response.end(JSON.stringify(request.url === '/api/version' ? { version: '1' } : { models: [{ name: 'm' }] }));
    }
    changed();
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.once('message', (data: Buffer) => {
      decodeHello(data);
      const link = new Link({
        session: crypto.randomUUID(),
        budget: new LinkBudget(),
        envelope(text) {
          const { type, payload } = JSON.parse(text) as { type: string; payload: { token: string } }; // of the bridge
          if (type === 'authenticate') seen.tokens.push(payload.token);
          changed();
        },
      });
      socket.send(encodeWelcome({ version: 1, resumed: false, session: link.session, received: 0, graceMs: 90_000 }));
      socket.on('message', (message: Buffer, isBinary) => link.receive(isBinary ? message : message.toString()));
      link.attach(linkSocket(socket), 0);
      seen.sockets++;
      changed();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  const cut = (code?: number): void => {
    for (const socket of sockets.clients) {
      if (code === undefined) socket.terminate();
      else socket.close(code);
    }
  };
  /** Resolves when it is so; looked at whenever the peer is asked something. */
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, answers, cut, until };
}

async function startDaemon(t: TestContext, origin: string, now?: () => number) {
  const directory = await mkdtemp(join(tmpdir(), 'daemon-test-'));
  const credentials = {
    relay: origin,
    clientId: 'client',
    issuer: origin,
    oidcClientId: 'bridge',
    accessToken: 'access',
    accessTokenExpires: Date.now() + 48 * HOUR_MS,
  };
  await saveCredentials(directory, credentials);
  const states: BridgeState[] = [];
  const faults: unknown[] = [];
  const daemon = new Daemon({
    account: new Account(directory, credentials),
    directory,
    engines: namedEngines([origin]),
    policy: defaultPolicy(),
    activity: new Activity(),
    name: 'test',
    changed: (state) => void states.push(state),
    fault: (error) => void faults.push(error),
    ...(now && { now }),
  });
  const stop = new AbortController();
  const running = daemon.run(stop.signal);
  t.after(() => rm(directory, { recursive: true, force: true }));
  return { stop, running, states, faults };
}

/** Lets what is under way in the event loop happen. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Lets what was begun on real sockets come to its end; of both sides, those of the link alone stay. */
async function settled(): Promise<void> {
  const isUnderWay = (): boolean => {
    const active = process.getActiveResourcesInfo();
    return active.includes('TCPConnectWrap') || active.filter((name) => name === 'TCPSocketWrap').length > 2;
  };
  do await turn();
  while (isUnderWay());
}

test('a day with a cut every hour: renews twice, always comes back, holds no more than after its first hour', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const { origin, seen, cut, until } = await startPeer(t);
  let now = 0;
  const { stop, running, states, faults } = await startDaemon(t, origin, () => now);
  await until(() => seen.sockets === 1);
  const isUp = (): boolean => ['online', 'engine-down'].includes(states.at(-1) ?? '');
  while (!isUp()) await turn();
  const held: { resources: number; listeners: number }[] = [];
  const pass = async (milliseconds: number): Promise<void> => {
    now += milliseconds;
    t.mock.timers.tick(milliseconds);
    await settled();
  };
  const halfAnHour = async (): Promise<void> => {
    for (let step = 0; step < HOUR_MS / 2 / STEP_MS; step++) await pass(STEP_MS);
  };
  for (let hour = 0; hour < 24; hour++) {
    // In the middle: at the hour it renews, and a token that meets a cut is not sent but used for the next socket.
    await halfAnHour();
    const { sockets } = seen;
    cut();
    // Time passes while it waits, and what is no timer takes as long as it takes.
    while (seen.sockets === sockets || !isUp()) await pass(states.at(-1) === 'offline' ? 100 : 0);
    held.push({
      resources: process.getActiveResourcesInfo().length,
      listeners: getEventListeners(stop.signal, 'abort').length,
    });
    await halfAnHour();
  }
  await until(() => seen.tokens.length === 2);
  assert.equal(seen.sockets, 25);
  assert.equal(seen.registrations, 3);
  assert.deepEqual(seen.tokens, ['session 2', 'session 3']);
  assert.ok(seen.probes > 24 * 10, `${seen.probes} looks at the engine`);
  const [first] = held;
  for (const later of held.slice(1)) {
    assert.ok(later.resources <= first!.resources + 2, `${later.resources} resources, ${first!.resources} at first`);
    assert.ok(later.listeners <= first!.listeners, `${later.listeners} listeners, ${first!.listeners} at first`);
  }
  stop.abort();
  await running;
  assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  assert.equal(states.filter((state) => state === 'offline').length, 24);
  assert.deepEqual(faults, []);
});

test('stays through a strange answer once it has been online, and ends with it at the start', async (t) => {
  const { origin, seen, cut, until, answers } = await startPeer(t);
  answers.strange = true;
  const first = await startDaemon(t, origin);
  await assert.rejects(first.running, /not a CloudToLocalLLM relay/);
  answers.strange = false;
  const { running, stop, states } = await startDaemon(t, origin);
  await until(() => seen.sockets === 1);
  // The relay wants it to register again, and what stands before it answers in its place.
  answers.strange = true;
  const { registrations } = seen;
  cut(4401);
  await until(() => seen.registrations > registrations);
  answers.strange = false;
  await until(() => seen.sockets === 2);
  assert.ok(states.includes('offline'));
  stop.abort();
  await running;
});
