import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type BridgeStatus, type InstalledModel } from '@cloudtolocalllm/sdk';
import { createWholeWay, isWholeWay, WAY, wayEssence } from './whole-way.ts';

const COMPUTER: BridgeStatus = {
  bridgeId: 'bridge-1',
  name: 'study',
  status: 'connected',
  lastSeen: null,
  priority: 0,
  client: { platform: 'linux', version: '1', ollamaStatus: 'connected', models: ['big', 'small'] },
};

/** A relay where all goes well, but for what the test changes. */
function setUp() {
  const relay = {
    computer: COMPUTER,
    models: [
      { name: 'nomic-embed-text', size: 1, family: 'nomic-bert' },
      { name: 'big', size: 300 },
      { name: 'small', size: 200 },
    ] as InstalledModel[],
    refusal: undefined as ApiError | undefined,
    asked: [] as string[],
    answer: '{"message":{"content":"Hello"}}\n',
  };
  let clock = 0;
  const way = createWholeWay({
    calls: {
      health: {
        async get() {
          if (relay.refusal) throw relay.refusal;
          return {} as never; // as: nobody looks into it
        },
      },
      bridges: { status: async () => relay.computer },
      models: { installed: async () => ({ models: relay.models, mayManage: false }) },
      gateway: {
        async fetch(_, { body } = {}) {
          // as: it is sent as text, and says which model
          relay.asked.push((JSON.parse(body as string) as { model: string }).model);
          return new Response(relay.answer);
        },
      },
    },
    defaultModel: () => null,
    now: () => (clock += 10),
  });
  const phases = (): string => WAY.map((part) => way.get()[part].phase).join(' ');
  return { way, relay, phases };
}

test('goes the whole way to the first words of the smallest model that talks', async () => {
  const { way, relay, phases } = setUp();
  await way.test('bridge-1');
  assert.equal(phases(), 'done done done done done');
  assert.ok(isWholeWay(way.get()));
  assert.deepEqual(relay.asked, ['small']);
  assert.partialDeepStrictEqual(way.get(), { computer: { found: 'study' }, answer: { milliseconds: 10 } });
});

test('stops at the first part that does not work, and goes further when it does', async () => {
  const { way, relay, phases } = setUp();
  relay.refusal = new ApiError('away', { status: 0, code: 'network_error' });
  await way.test('bridge-1');
  assert.equal(phases(), 'failed waiting waiting waiting waiting');
  relay.refusal = undefined;
  relay.computer = { ...COMPUTER, status: 'disconnected' };
  await way.test('bridge-1');
  assert.equal(phases(), 'done failed waiting waiting waiting');
  relay.computer = { ...COMPUTER, client: { ...COMPUTER.client, ollamaStatus: 'disconnected' } };
  await way.test('bridge-1');
  assert.equal(phases(), 'done done failed waiting waiting');
  assert.notEqual(wayEssence(relay.computer), wayEssence(COMPUTER));
  relay.computer = COMPUTER;
  relay.models = [];
  await way.test('bridge-1');
  assert.equal(phases(), 'done done done failed waiting');
  relay.models = [{ name: 'small' }];
  relay.answer = '{"error":"out of memory"}\n';
  await way.test('bridge-1');
  assert.equal(phases(), 'done done done done failed');
  assert.equal(way.get().answer.failure?.detail, 'out of memory');
});

test('what is in memory already is asked first', async () => {
  const { way, relay } = setUp();
  relay.models = [
    { name: 'small', size: 1 },
    { name: 'big', size: 2, loaded: {} },
  ];
  await way.test('bridge-1');
  assert.deepEqual(relay.asked, ['big']);
});

test('a try that was overtaken says nothing any more', async () => {
  const { way, relay, phases } = setUp();
  const first = way.test('bridge-1');
  relay.computer = { ...COMPUTER, status: 'disconnected' };
  await Promise.all([way.test('bridge-1'), first]);
  assert.equal(phases(), 'done failed waiting waiting waiting');
});
