import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type BridgeMessage, newId, type RelayToBridge } from '@cloudtolocalllm/protocol';
import { pino } from 'pino';
import { userStore } from '../accounts/user-store.ts';
import { bridgeStore } from '../bridges/bridge-store.ts';
import type { LinkHub } from '../bridges/link-hub.ts';
import { connect, TestBridge } from '../bridges/test-bridge.ts';
import { startTestHub, TEST_USER } from '../bridges/test-hub.ts';
import { LocalUserEvents, type UserEvent } from '../fabric/user-events.ts';
import { openDatabase } from '../storage/database.ts';
import { temporaryFolder } from '../test-relay.ts';
import { BridgeQueue } from './bridge-queue.ts';
import type { QueueLimits } from './queue-limits.ts';
import { toBridgeMessage } from './queue-store.ts';

type Envelope = RelayToBridge & { id?: string | undefined };

/** The bridge's end, played by the test: envelopes in and out, whatever carries them. */
export interface PlayedBridge {
  /** The next envelope of the relay. */
  next(): Promise<Envelope>;
  /** Envelopes that were not asked for yet. */
  readonly unread: readonly Envelope[];
  say(type: string, payload: object): void;
  /** The socket is gone without a word. */
  cut(): Promise<void>;
}

export interface TestQueue {
  queue: BridgeQueue;
  hub: LinkHub;
  bridgeId: string;
  events: UserEvent[];
  clock: { now: number };
  /** What the test does to the database: its transactions fail. */
  trouble: { isBroken: boolean };
  /** Queues a question and returns its id. */
  ask(content?: string, expiresInSeconds?: number): Promise<string>;
  /** The message once it has this status. */
  until(id: string, status: BridgeMessage['status']): Promise<BridgeMessage>;
  connectJson(): Promise<PlayedBridge>;
  connectStreaming(instance?: string): Promise<PlayedBridge & { bridge: TestBridge; reconnect(): Promise<void> }>;
  /** Another relay process on the same database; this one is as if killed. */
  restart(): Promise<TestQueue>;
  /** The queue stores what there is and ends, as when its relay is stopped. */
  stop(): Promise<void>;
}

/** A queue, its hub and its database, with one bridge that is not there yet. */
export async function startTestQueue(
  t: TestContext,
  limits: Partial<QueueLimits> = {},
  given?: { path: string; bridgeId: string; clock: { now: number } },
): Promise<TestQueue> {
  const path = given?.path ?? join(await temporaryFolder(t), 'test.db');
  const database = await openDatabase({ path });
  const { kysely } = database;
  let bridgeId = given?.bridgeId ?? '';
  if (!given) {
    await userStore(kysely).ensure({ id: TEST_USER, name: 'One' });
    const client = { clientId: 'client', platform: 'linux', version: '1', capabilities: [] };
    bridgeId = (await bridgeStore(kysely).register(TEST_USER, client)).id;
  }
  const clock = given?.clock ?? { now: Date.parse('2026-01-01T00:00:00Z') };
  const hub = await startTestHub(t, {
    changed: ({ userId, bridgeId: changed }) => queue.look(userId, changed),
    unclaimed: (link, reply) => queue.unclaimed(link, reply),
    graceMs: 60_000,
  });
  const userEvents = new LocalUserEvents();
  const events: UserEvent[] = [];
  userEvents.subscribe(TEST_USER, (event) => events.push(event));
  const trouble = { isBroken: false };
  const queue = new BridgeQueue({
    database: {
      ...database,
      batch: (queries) => (trouble.isBroken ? Promise.reject(new Error('disk full')) : database.batch(queries)),
    },
    links: hub.hub,
    events: userEvents,
    log: pino({ level: 'silent' }),
    limits: { retryMs: 20, ...limits },
    clock: () => clock.now,
    tickMs: 5,
  });
  await queue.recover();
  let isOpen = true;
  const stop = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await queue.close();
    hub.hub[Symbol.dispose]();
    await database[Symbol.asyncDispose]();
  };
  t.after(stop);

  const url = hub.url(bridgeId);
  const status = { ollamaStatus: 'connected', models: ['m'] };
  return {
    queue,
    hub: hub.hub,
    bridgeId,
    events,
    clock,
    trouble,
    async ask(content = 'Hi', expiresInSeconds = 3600) {
      const id = newId('msg');
      const payload = { model: 'm', messages: [{ role: 'user' as const, content }], stream: true };
      await queue.add({ id, userId: TEST_USER, bridgeId, payload, expiresInSeconds });
      return id;
    },
    async until(id, wanted) {
      for (;;) {
        const row = await queue.store.get(TEST_USER, bridgeId, id);
        if (row?.status === wanted) return toBridgeMessage(row);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async connectJson() {
      const { token } = hub.admit({ bridgeId, streaming: false });
      const socket = await connect(url, token);
      const { hear, ...played } = inbox();
      socket.on('message', (data: Buffer) => hear(data.toString()));
      const say = (type: string, payload: object): void => socket.send(JSON.stringify({ type, payload }));
      say('status_update', status);
      const gone = new Promise((resolve) => socket.once('close', resolve));
      return { ...played, say, cut: async () => void (socket.terminate(), await gone) };
    },
    async connectStreaming(instance) {
      const { token } = hub.admit({ bridgeId });
      const bridge = new TestBridge(() => ({}), instance);
      const { hear, ...played } = inbox();
      bridge.heard = hear;
      await bridge.connect(url, token);
      const say = (type: string, payload: object): void => bridge.say({ type, payload });
      say('status_update', status);
      const reconnect = async (): Promise<void> => void (await bridge.connect(url, token));
      return { ...played, bridge, say, cut: () => bridge.cut(), reconnect };
    },
    async restart() {
      // What a killed relay does not do: its queue must not write once the next one is there.
      await stop();
      return startTestQueue(t, limits, { path, bridgeId, clock });
    },
    stop,
  };
}

/** Envelopes in the order in which they came. */
function inbox() {
  const unread: Envelope[] = [];
  const waiting: ((envelope: Envelope) => void)[] = [];
  return {
    unread,
    hear(text: string): void {
      const envelope = JSON.parse(text) as Envelope; // as: the relay's own
      const next = waiting.shift();
      if (next) next(envelope);
      else unread.push(envelope);
    },
    next: (): Promise<Envelope> => {
      const envelope = unread.shift();
      return envelope ? Promise.resolve(envelope) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}
