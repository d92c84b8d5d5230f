import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerTimes } from './answer-times.ts';

test('gives the median of the last minute', () => {
  let now = 0;
  const times = new AnswerTimes(() => now);
  assert.equal(times.medianMs, undefined);
  times.add(1000);
  now = 30_000;
  for (const took of [8, 2, 4]) times.add(took);
  assert.equal(times.medianMs, 6);
  now = 60_000;
  assert.equal(times.medianMs, 4);
  now = 89_999;
  assert.equal(times.medianMs, 4);
  now = 90_000;
  assert.equal(times.medianMs, undefined);
});

test('keeps the newest of more answers than it has room for', () => {
  const times = new AnswerTimes(() => 0);
  for (let count = 0; count < 5_000; count++) times.add(count < 2_500 ? 7 : 3);
  assert.equal(times.medianMs, 3);
});
