import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { apiError, CLOSE_CODES, conversationResponse, decodeWelcome, MESSAGE } from '@cloudtolocalllm/protocol';
import { Random, SEED } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { pino } from 'pino';
import { limitsWith } from '../limits/test-limits.ts';
import { TestDriver } from '../proxies/test-driver.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { heldBytes } from './held-bytes.ts';
import { hello, hostileBytes, upgradeRequest } from './hostile-socket.ts';
import { type Inhabitant, moveIn } from './inhabitant.ts';
import { OPCODE, RawWebSocket, webSocketFrame } from './raw-web-socket.ts';

const SOCKETS = 3_000;
const AT_A_TIME = 16;
/** Failures in the message of the test. */
const SHOWN = 10;
/** Silence after the last hostile message: what would end the socket has done so. */
const QUIET_MS = 20;
/** Between exchanges of the good bridge. */
const PACE_MS = 10;
/** A hostile bridge may leave its owner waiting: that is not what is looked at here. */
const ASK_MS = 300;
/** Nothing takes this long but what hangs. */
const HUNG_MS = 10_000;
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;
const LIMITS = limitsWith({});

/** The relay's own, and those of RFC 6455 for what is not even a message. */
const NAMED_CODES = new Set([...Object.keys(CLOSE_CODES).map(Number), 1002, 1003, 1007, 1008]);

test('thousands of hostile bridges disturb nobody', { timeout: 180_000 }, async (t) => {
  const faults: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void faults.push(line) });
  const relay = await startTestRelay(t, { log, config: { limits: LIMITS }, proxyDriver: new TestDriver() });
  const { links } = relay.context;
  const openSockets = countSockets(relay);
  const good = await moveIn(t, relay, { userId: relay.context.issuer!.user.id, token: relay.token, mark: 'zebra' });
  const calm = { sockets: openSockets(), connected: links.connectedCount, exchanges: links.exchangeCount };
  const lanes = await Promise.all(Array.from({ length: AT_A_TIME }, (_, lane) => hostileBridge(relay, lane)));
  const endings = new Map<string, number>();
  const failures: string[] = [];
  const over = new AbortController();

  async function runLane(lane: HostileBridge, first: number, end: number): Promise<void> {
    for (let index = first; index < end; index += AT_A_TIME) {
      try {
        const ending = await within(HUNG_MS, oneSocket(relay, lane, new Random(SEED + index)));
        endings.set(ending, (endings.get(ending) ?? 0) + 1);
      } catch (error) {
        failures.push(`Case ${index}: ${(error as Error).message}`); // as: nothing else is thrown
      }
    }
  }
  async function wellBehaved(): Promise<number> {
    let exchanges = 0;
    for (; !over.signal.aborted; exchanges++) {
      await goodExchange(relay, good);
      await setTimeout(PACE_MS);
    }
    return exchanges;
  }

  const undisturbed = wellBehaved();
  const run = (first: number, end: number) =>
    Promise.all(lanes.map((lane, index) => runLane(lane, first + index, end)));
  await run(0, SOCKETS / 4);
  const held = heldBytes();
  await run(SOCKETS / 4, SOCKETS);
  over.abort();
  const exchanges = await undisturbed;

  t.diagnostic(
    `SEED = ${SEED}; endings: ${[...endings]
      .map((ending) => ending.join(': '))
      .toSorted()
      .join(', ')}; ${exchanges} good exchanges`,
  );
  assert.equal(
    failures.length,
    0,
    `${failures.length} failed with SEED = ${SEED}:\n${failures.slice(0, SHOWN).join('\n')}`,
  );
  assert.deepEqual(faults, [], 'faults in the log');
  assert.ok(exchanges > 50, 'the good bridge was asked all the time');
  for (const lane of lanes) for (const { id } of lane.bridges) links.drop(id);
  await until(() => openSockets() <= calm.sockets, 'sockets are left open');
  assert.deepEqual(
    { connected: links.connectedCount, exchanges: links.exchangeCount },
    {
      connected: calm.connected,
      exchanges: calm.exchanges,
    },
  );
  assert.ok(heldBytes() - held < MAX_GROWTH_BYTES, `${heldBytes() - held} bytes more are held than after a quarter`);
});

interface HostileBridge {
  token: string;
  conversationId: string;
  /** One that streams, and one that speaks JSON alone; never at the same time. */
  bridges: { id: string; token: string; streaming: boolean }[];
  instance: string;
  /** Of the last WELCOME, to be resumed. */
  session: string | undefined;
}

async function hostileBridge(relay: TestRelay, lane: number): Promise<HostileBridge> {
  const { bridges, sessionTokens, users } = relay.context;
  const userId = `user-${lane}`;
  await users.ensure({ id: userId, name: 'Hostile' });
  const register = async (streaming: boolean) => {
    const client = {
      clientId: `${streaming}`,
      platform: 'linux',
      version: '1',
      capabilities: streaming ? ['streaming'] : [],
    };
    const row = await bridges.register(userId, client);
    return { id: row.id, token: await sessionTokens.issue(row), streaming };
  };
  const token = await relay.tokenFor(userId);
  const body = { title: 'hostile', model: 'm' };
  const made = await relay.call('/api/chat/conversations', { method: 'POST', body, token });
  const { conversation } = conversationResponse.parse(await made.json());
  const pair = [await register(true), await register(false)];
  return { token, conversationId: conversation.id, bridges: pair, instance: crypto.randomUUID(), session: undefined };
}

/** One socket from its opening to its end, which is named in words. */
async function oneSocket(relay: TestRelay, lane: HostileBridge, random: Random): Promise<string> {
  const bridge = random.pick(lane.bridges);
  const request = upgradeRequest(random, `/ws/bridge/${bridge.id}`, bridge.token);
  const early = random.chance(0.05) ? random.bytes(50) : Buffer.alloc(0); // in the same packet
  const socket = await RawWebSocket.open(Number(new URL(relay.url).port), Buffer.concat([request, early]));
  if (socket.status !== 101) {
    const { code } = apiError.parse(JSON.parse(socket.refusal || '{}'));
    assert.ok(code === socket.status && code < 500, `${socket.status}: ${socket.refusal}`);
    return `refused ${code}`;
  }
  socket.onBinary = (message) => {
    if (message[0] === MESSAGE.welcome) lane.session = decodeWelcome(message).session;
  };
  socket.onText = (text) => answerChat(random, socket, text);
  let asked: Promise<void> | undefined;
  let nextId = 0;
  const freshId = (): number => ++nextId;
  if (bridge.streaming) await socket.send(hello(random, lane));
  else await socket.send(status());
  for (let left = random.below(12); left > 0; left--) {
    if (asked === undefined && random.chance(0.1)) asked = ask(relay, lane, bridge);
    await socket.send(hostileBytes(random, freshId));
    if (random.chance(0.3)) await setImmediate();
  }
  const ending = await Promise.race([socket.ended, setTimeout(QUIET_MS, 'open' as const)]);
  socket.cut();
  await asked;
  if (ending === 'open') return 'still open';
  const { code } = ending;
  if (code === undefined) return 'cut';
  assert.ok(NAMED_CODES.has(code), `closed with ${code}`);
  return `closed ${code}`;
}

const status = (): Buffer =>
  webSocketFrame({
    opcode: OPCODE.text,
    payload: Buffer.from(
      JSON.stringify({ type: 'status_update', payload: { ollamaStatus: 'connected', models: ['m'] } }),
    ),
  });

/** Answers to what was really asked, right or wrong. */
function answerChat(random: Random, socket: RawWebSocket, text: string): void {
  const { id } = JSON.parse(text) as { id: string }; // as: the relay's own envelope
  const replies = [
    {
      type: 'chat_chunk',
      payload: { requestId: id, content: random.pick(['hello', '\u0000', '\ud800', 'x'.repeat(100_000)]) },
    },
    { type: 'chat_complete', payload: { requestId: id, totalTokens: random.pick([1, 2 ** 53 - 1]) } },
    {
      type: 'chat_error',
      payload: { requestId: id, code: random.pick(['engine_error', 'internal_error', '__proto__']), message: '' },
    },
  ];
  for (let left = random.below(5); left > 0; left--) {
    void socket.send(
      webSocketFrame({ opcode: OPCODE.text, payload: Buffer.from(JSON.stringify(random.pick(replies))) }),
    );
  }
}

/** Its owner asks it for something: the answer may be anything but a fault of the relay's. */
async function ask(
  relay: TestRelay,
  lane: HostileBridge,
  { id, streaming }: HostileBridge['bridges'][number],
): Promise<void> {
  const headers = { authorization: `Bearer ${lane.token}`, 'content-type': 'application/json', 'x-bridge-id': id };
  const body = JSON.stringify({ content: 'hello', stream: false });
  const path = streaming ? '/ollama/api/chat' : `/api/chat/conversations/${lane.conversationId}/messages`;
  const options = { method: 'POST', headers, body, signal: AbortSignal.timeout(ASK_MS) };
  const response = await fetch(relay.url + path, options).catch(() => undefined); // broken off: what was sent can't be taken back
  if (response === undefined) return;
  const text = await response.text().catch(() => '');
  // A bridge may say that it has too much to do; the relay's own limits are raised.
  const isLimited = response.status === 429 && !text.includes('Your computer has too many requests running');
  assert.ok(response.status !== 500 && !isLimited, `${path}: ${response.status} ${text.slice(0, 300)}`);
}

async function goodExchange(relay: TestRelay, { token, mark, ids }: Inhabitant): Promise<void> {
  const options = {
    headers: { authorization: `Bearer ${token}`, 'x-bridge-id': ids['bridgeId']! },
    signal: AbortSignal.timeout(5_000),
  };
  const tags = await fetch(`${relay.url}/ollama/api/tags`, options);
  assert.equal(tags.status, 200);
  assert.match(await tags.text(), new RegExp(mark));
}

async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  const over = new AbortController();
  const hangs = setTimeout(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw new Error('hangs');
  });
  return Promise.race([work, hangs]).finally(() => over.abort());
}

async function until(isTrue: () => boolean, otherwise: string): Promise<void> {
  const deadline = performance.now() + HUNG_MS;
  while (!isTrue()) {
    assert.ok(performance.now() < deadline, otherwise);
    await setTimeout(50);
  }
}

/** WebSockets, and what asked for one, that are not closed yet. */
function countSockets({ app }: TestRelay): () => number {
  const open = new Set<Duplex>();
  app.server.on('upgrade', (_request, socket: Duplex) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => open.size;
}
