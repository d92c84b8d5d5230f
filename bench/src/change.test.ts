import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, orderOf } from './change.ts';

const figure = { name: 'delay', unit: 'ms', before: [10, 30, 20], now: [21, 1, 100] };

test('compares medians', () => {
  assert.deepEqual(judge({ ...figure, better: 'less' }), {
    before: 20,
    now: 21,
    ratio: 1.05,
    spread: 1,
    isWorse: false,
  });
});

test('a single round says nothing of noise', () => {
  assert.ok(Number.isNaN(judge({ ...figure, before: [10], better: 'less' }).spread));
});

test('says which way is worse', () => {
  const now = [22];
  assert.equal(judge({ ...figure, now, better: 'less' }).isWorse, true);
  assert.equal(judge({ ...figure, now, better: 'more' }).isWorse, false);
  assert.equal(judge({ ...figure, now: [18], better: 'more' }).isWorse, true);
});

test('a figure that is missing is not a good one', () => {
  assert.equal(judge({ ...figure, now: [], better: 'more' }).isWorse, true);
});

test('neither checkout is always the first', () => {
  assert.deepEqual([0, 1, 2].map(orderOf), [
    ['before', 'now'],
    ['now', 'before'],
    ['before', 'now'],
  ]);
});

test('a figure below nothing is not a good one', () => {
  assert.equal(judge({ ...figure, before: [-40], now: [-20], better: 'less' }).isWorse, true);
  assert.equal(judge({ ...figure, now: [-20], better: 'less' }).isWorse, true);
});

test('nothing compared to nothing is as much, and something is more', () => {
  const before = [0, 0];
  assert.equal(judge({ ...figure, before, now: [0], better: 'less' }).isWorse, false);
  assert.equal(judge({ ...figure, before, now: [3], better: 'less' }).isWorse, true);
});
