import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { NetworkWatch, ownAddresses, type Stir } from './network-watch.ts';

const HOUR_MS = 60 * 60_000;

/** A watch over clocks and addresses that the test sets; its own timer never fires. */
function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const addresses: Set<string> | undefined = new Set(['127.0.0.1', '192.0.2.1']);
  const world: { monotonic: number; wall: number; addresses: Set<string> | undefined } = {
    monotonic: 0,
    wall: 1_000_000,
    addresses,
  };
  const stirs: Stir[] = [];
  const watch = new NetworkWatch((stir) => stirs.push(stir), {
    monotonic: () => world.monotonic,
    wall: () => world.wall,
    addresses: () => world.addresses,
    lookMs: 2000,
  });
  t.after(() => watch[Symbol.dispose]());
  /** The next look, after so much of each clock. */
  const look = (monotonic: number, wall = monotonic): Stir[] => {
    world.monotonic += monotonic;
    world.wall += wall;
    watch.look();
    return stirs.splice(0);
  };
  return { world, look, stirs };
}

test('says nothing while nothing happens, and while a busy process looks a little late', (t) => {
  const { look } = start(t);
  assert.deepEqual([...look(2000), ...look(2010), ...look(4500), ...look(2000)], []);
});

test('notices sleep, in which the monotonic clock stands still', (t) => {
  const { look } = start(t);
  assert.deepEqual(look(2000, 8 * HOUR_MS), ['woken']);
  assert.deepEqual(look(2000), []);
});

test('notices that the process was held, while both clocks went on', (t) => {
  const { look } = start(t);
  assert.deepEqual(look(20_000), ['woken']);
  assert.deepEqual(look(2000), []);
});

test('takes no clock that is set back for sleep', (t) => {
  const { look } = start(t);
  assert.deepEqual([...look(2000, -48 * HOUR_MS), ...look(2000)], []);
});

test('notices an address that comes, one that goes, and one in place of another, each once', (t) => {
  const { world, look } = start(t);
  for (const addresses of [['127.0.0.1'], ['127.0.0.1', '192.0.2.7'], ['127.0.0.1', '192.0.2.8']]) {
    world.addresses = new Set(addresses);
    assert.deepEqual(look(2000), ['moved']);
    assert.deepEqual(look(2000), []);
  }
});

test('takes addresses that a sandbox hides for no news', (t) => {
  const { world, look } = start(t);
  world.addresses = undefined;
  look(2000);
  assert.deepEqual([...look(2000), ...look(2000)], []);
  assert.deepEqual(look(60_000), ['woken']);
});

test('looks by itself until it is disposed of', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let looks = 0;
  const watch = new NetworkWatch(() => {}, { addresses: () => (looks++, new Set()), lookMs: 2000 });
  t.mock.timers.tick(20_000);
  assert.equal(looks, 11);
  watch[Symbol.dispose]();
  t.mock.timers.tick(20_000);
  assert.equal(looks, 11);
});

test('knows the addresses of this computer', () => {
  assert.ok(ownAddresses()?.has('127.0.0.1'));
});
