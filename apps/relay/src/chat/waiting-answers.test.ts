import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { RelayError } from '../errors.ts';
import { LocalUserEvents } from '../fabric/user-events.ts';
import { type WaitingAnswer, WaitingAnswers } from './waiting-answers.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const at = (ms: number): string => new Date(START + ms).toISOString();
const turnOfLoop = (): Promise<void> => new Promise(setImmediate);

/** Answers whose clock stands until the test moves it; bridges come when it says so. */
function fixture(t: TestContext, { perUser, streams = 100 }: { perUser?: number; streams?: number } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START });
  const events = new LocalUserEvents();
  const limits = { streams, taken: 0 };
  const waiting = new WaitingAnswers({
    events,
    perUser,
    take() {
      if (limits.taken >= limits.streams) throw new RelayError('rate_limited', 'No more.');
      limits.taken++;
      return { [Symbol.dispose]: () => void limits.taken-- };
    },
  });
  const online = new Set<string>();
  /** In which order they got their turns, or what became of them. */
  const log: string[] = [];
  const turns = new Map<string, Disposable>();
  const stops = new Map<string, AbortController>();
  return {
    waiting,
    limits,
    log,
    turns,
    /** A message that a computer of this name can answer. */
    wait(name: string, { computer = 'pc', ...fields }: Partial<WaitingAnswer> & { computer?: string } = {}) {
      const stop = new AbortController();
      stops.set(name, stop);
      const answer = { userId: 'ada', created: at(0), expires: at(1000), mayAnswer: () => online.has(computer) };
      waiting.turn({ ...answer, signal: stop.signal, ...fields }).then(
        (turn) => {
          turns.set(name, turn);
          return log.push(name);
        },
        (error: unknown) => log.push(`${name}: ${error instanceof RelayError ? error.code : 'stopped'}`),
      );
    },
    stop: (name: string) => stops.get(name)?.abort(),
    async comes(computer: string, userId = 'ada') {
      online.add(computer);
      events.publish(userId, { type: 'bridge', bridgeId: computer });
      await turnOfLoop();
    },
    async tick(ms: number) {
      t.mock.timers.tick(ms);
      await turnOfLoop();
    },
    async done(name: string) {
      turns.get(name)?.[Symbol.dispose]();
      await turnOfLoop();
    },
  };
}

test('lets each user’s go one after another, the oldest first', async (t) => {
  const { wait, comes, done, log } = fixture(t);
  wait('second', { created: at(2) });
  wait('first', { created: at(1) });
  wait('third', { created: at(3) });
  wait('bob’s', { userId: 'bob', created: at(9) });
  await turnOfLoop();
  assert.deepEqual(log, []);
  await comes('pc');
  assert.deepEqual(log, ['first']);
  await comes('pc', 'bob');
  assert.deepEqual(log, ['first', 'bob’s'], 'nobody waits for another user');
  await done('first');
  await done('second');
  assert.deepEqual(log, ['first', 'bob’s', 'second', 'third']);
});

test('one that nobody can answer holds up no other', async (t) => {
  const { wait, comes, done, log } = fixture(t);
  wait('first', { computer: 'laptop' });
  wait('second');
  await comes('pc');
  assert.deepEqual(log, ['second']);
  await comes('laptop');
  await done('second');
  assert.deepEqual(log, ['second', 'first']);
});

test('gives up after its time', async (t) => {
  const { wait, comes, tick, log } = fixture(t);
  wait('short', { expires: at(100) });
  wait('long', { expires: at(200) });
  wait('over', { expires: at(0) });
  await tick(99);
  assert.deepEqual(log, ['over: expired']);
  await tick(1);
  assert.deepEqual(log, ['over: expired', 'short: expired']);
  await comes('pc');
  assert.deepEqual(log, ['over: expired', 'short: expired', 'long']);
});

test('whoever has left is given no turn that nobody would give back', async (t) => {
  const { wait, comes, stop, log } = fixture(t);
  await comes('pc');
  wait('over', { expires: at(0) });
  wait('first', { delayMs: 10 });
  wait('second', { delayMs: 10 });
  stop('first');
  await comes('pc'); // in the same turn of the event loop
  assert.deepEqual(log, ['over: expired', 'first: stopped', 'second']);
});

test('one that was tried in vain waits a while, or for a bridge', async (t) => {
  const { wait, comes, done, tick, log } = fixture(t);
  await comes('pc');
  wait('first', { delayMs: 50 });
  await tick(49);
  assert.deepEqual(log, []);
  await tick(1);
  assert.deepEqual(log, ['first']);
  await done('first');
  wait('second', { delayMs: 50 });
  await comes('pc');
  assert.deepEqual(log, ['first', 'second']);
});

test('one that is stopped is gone, and frees the turn that it had', async (t) => {
  const { wait, comes, stop, log, turns, done } = fixture(t);
  wait('first');
  wait('second');
  stop('first');
  await turnOfLoop();
  assert.deepEqual(log, ['first: stopped']);
  await comes('pc');
  assert.deepEqual(log, ['first: stopped', 'second']);
  turns.get('second')?.[Symbol.dispose]();
  await done('second');
  wait('third');
  await turnOfLoop();
  assert.deepEqual(log.at(-1), 'third', 'a turn that is given back twice is one turn');
});

test('holds a stream only while it has its turn, and waits for a free one', async (t) => {
  const { wait, comes, done, tick, limits, log } = fixture(t, { streams: 1 });
  limits.taken = 1;
  wait('first', { expires: at(60_000) });
  await comes('pc');
  assert.deepEqual(log, []);
  limits.taken = 0;
  await tick(5_000);
  assert.deepEqual([log, limits.taken], [['first'], 1]);
  await done('first');
  assert.equal(limits.taken, 0);
});

test('has places for so many of each user', (t) => {
  const { waiting } = fixture(t, { perUser: 2 });
  const [one] = [waiting.place('ada'), waiting.place('ada')];
  assert.throws(() => waiting.place('ada'), { code: 'queue_full' });
  waiting.place('bob');
  const owed = waiting.place('ada', true);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  assert.throws(() => waiting.place('ada'), { code: 'queue_full' });
  owed[Symbol.dispose]();
  waiting.place('ada');
});
