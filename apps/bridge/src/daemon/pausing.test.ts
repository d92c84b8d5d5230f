import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Pausing } from './pausing.ts';

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const work = { isBusy: false };
  const told: (string | undefined)[] = [];
  const pausing: Pausing = new Pausing({ isBusy: () => work.isBusy, changed: () => void told.push(pausing.detail) });
  t.after(() => pausing[Symbol.dispose]());
  return { pausing, work, told };
}

test('leaves at once when nothing runs', (t) => {
  const { pausing, told } = setUp(t);
  pausing.pause('person', 'paused by you');
  assert.equal(pausing.leaving.aborted, true);
  assert.deepEqual(told, ['paused by you']);
});

test('finishes what runs before it leaves', (t) => {
  const { pausing, work } = setUp(t);
  work.isBusy = true;
  pausing.pause('person', 'paused by you');
  t.mock.timers.tick(60_000);
  assert.equal(pausing.leaving.aborted, false);
  work.isBusy = false;
  t.mock.timers.tick(50);
  assert.equal(pausing.leaving.aborted, true);
});

test('is back when the last reason is gone, and not before', async (t) => {
  const { pausing, told } = setUp(t);
  pausing.pause('person', 'paused by you');
  pausing.pause('hours', 'outside the hours of its policy');
  pausing.pause('hours', 'outside the hours of its policy');
  let isBack = false;
  const back = pausing.ended().then(() => (isBack = true));
  pausing.resume('person');
  await Promise.resolve();
  assert.deepEqual([isBack, pausing.leaving.aborted], [false, true]);
  pausing.resume('hours');
  pausing.resume('hours');
  await back;
  assert.equal(pausing.leaving.aborted, false);
  assert.deepEqual(told, [
    'paused by you',
    'paused by you; outside the hours of its policy',
    'outside the hours of its policy',
    undefined,
  ]);
});

test('goes on where it is when it is resumed before it left', (t) => {
  const { pausing, work } = setUp(t);
  work.isBusy = true;
  pausing.pause('person', 'paused by you');
  const { leaving } = pausing;
  pausing.resume('person');
  work.isBusy = false;
  t.mock.timers.tick(1_000);
  assert.equal(pausing.leaving, leaving);
  assert.equal(leaving.aborted, false);
});

test('a bridge that is stopped leaves, whatever runs, and nobody waits for the end of a pause', async (t) => {
  const { pausing, work } = setUp(t);
  work.isBusy = true;
  pausing.pause('person', 'paused by you');
  const ended = pausing.ended();
  pausing.stop();
  await ended;
  assert.equal(pausing.leaving.aborted, true);
  pausing.resume('person');
  assert.equal(pausing.leaving.aborted, true);
});
