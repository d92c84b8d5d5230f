import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ApiError, type BridgeStatus } from '@cloudtolocalllm/sdk';
import { createComputers } from './computers.ts';
import { createStore } from './store.ts';

const COMPUTER: BridgeStatus = {
  bridgeId: 'bridge-1',
  name: 'studio-pc',
  status: 'connected',
  lastSeen: '2026-01-01T00:00:00.000Z',
  priority: 0,
  client: { platform: 'linux', version: '1', ollamaStatus: 'connected', models: ['m'] },
};

/** A page whose clock is the test's, and a relay that answers as the test says. */
function setUp(t: TestContext, answer: () => BridgeStatus[]) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  const asked: number[] = [];
  const document = Object.assign(new EventTarget(), { hidden: false });
  const page = Object.assign(new EventTarget(), {
    document,
    setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
    clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
  }) as unknown as Window; // as: the store uses no more of it
  const isLive = createStore(false);
  const computers = createComputers({
    page,
    isLive,
    list: async () => {
      asked.push(Date.now());
      return answer();
    },
  });
  return {
    computers,
    isLive,
    /** When it was asked for computers, in milliseconds. */
    asked,
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 500) {
        t.mock.timers.tick(500);
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      }
    },
    show(isVisible: boolean) {
      document.hidden = !isVisible;
      document.dispatchEvent(new Event('visibilitychange'));
    },
  };
}

const HOUR = 3_600_000;

test('two open windows leave most of a person’s 1000 requests an hour', async (t) => {
  const steady = setUp(t, () => [COMPUTER]);
  t.after(steady.computers.watch());
  await steady.pass(HOUR);
  assert(steady.asked.length < 220, `${steady.asked.length} requests`);
  t.mock.timers.reset();

  const waiting = setUp(t, () => []);
  t.after(waiting.computers.watch());
  await waiting.pass(HOUR);
  assert(waiting.asked.length < 300, `${waiting.asked.length} requests`);
});

test('asks quickly after a change, then slowly', async (t) => {
  let list: BridgeStatus[] = [];
  const { computers, asked, pass } = setUp(t, () => list);
  t.after(computers.watch());
  await pass(300_000);
  list = [COMPUTER];
  await pass(15_000);
  assert.equal(computers.get().list.length, 1, 'seen within 15 s');
  asked.length = 0;
  await pass(60_000);
  assert(asked.length >= 11, 'every 5 s');
  await pass(120_000);
  asked.length = 0;
  await pass(300_000);
  assert.equal(asked.length, 15, 'every 20 s');
});

test('a hidden window asks nothing, and one that comes and goes asks no more than every few seconds', async (t) => {
  const { computers, asked, pass, show } = setUp(t, () => [COMPUTER]);
  t.after(computers.watch());
  await pass(1_000);
  show(false);
  await pass(HOUR);
  assert.equal(asked.length, 1);
  for (let second = 0; second < 60; second++) {
    show(true);
    await pass(500);
    show(false);
    await pass(500);
  }
  assert(asked.length <= 14, `${asked.length} requests`);
});

test('waits as long as the relay says, and goes on showing what it knew', async (t) => {
  let refusal: ApiError | undefined;
  const { computers, asked, pass, show } = setUp(t, () => {
    if (refusal) throw refusal;
    return [COMPUTER];
  });
  t.after(computers.watch());
  await pass(300_000);
  refusal = new ApiError('Too many requests', { status: 429, code: 'rate_limited', retryAfter: 1200 });
  await pass(30_000);
  asked.length = 0;
  show(false);
  show(true);
  await pass(1_100_000);
  assert.equal(asked.length, 0);
  assert.equal(computers.get().phase, 'ready');
  refusal = undefined;
  await pass(100_000);
  assert(asked.length > 0);
});

test('says that there were too many requests when it knows nothing else', async (t) => {
  const { computers, pass } = setUp(t, () => {
    throw new ApiError('Too many requests', { status: 429, code: 'rate_limited', retryAfter: 60 });
  });
  t.after(computers.watch());
  await pass(1_000);
  assert.deepEqual([computers.get().phase, computers.get().failure?.code], ['failing', 'rate_limited']);
});

test('shows the next person nothing of the one before, also when an answer comes late', async (t) => {
  const { computers, pass } = setUp(t, () => [COMPUTER]);
  const end = computers.watch();
  await pass(1_000);
  computers.hear({ type: 'refetch' });
  end();
  computers.reset();
  await pass(1_000);
  assert.deepEqual(computers.get(), { phase: 'loading', list: [] });
});

test('asks nothing while the relay tells what happens, and asks again when it does not', async (t) => {
  const { computers, asked, pass, isLive } = setUp(t, () => [COMPUTER]);
  t.after(computers.watch());
  await pass(1_000);
  isLive.set(true);
  await pass(HOUR);
  assert.equal(asked.length, 1);
  computers.hear({ type: 'bridge', payload: { bridge: { ...COMPUTER, status: 'disconnected' } } });
  assert.equal(computers.get().list[0]?.status, 'disconnected');
  computers.hear({ type: 'bridge_removed', payload: { bridgeId: COMPUTER.bridgeId } });
  assert.deepEqual(computers.get().list, []);
  computers.hear({ type: 'refetch' });
  await pass(1_000);
  assert.equal(computers.get().list.length, 1);
  isLive.set(false);
  await pass(60_000);
  assert(asked.length > 2, `${asked.length} requests`);
});
