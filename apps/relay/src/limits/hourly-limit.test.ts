import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHourlyLimit } from './hourly-limit.ts';

const HOUR_MS = 3_600_000;

test('counts down, refuses what is one too many, and begins anew after an hour', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000_000_500 });
  const limit = createHourlyLimit('memory', 2);
  const reset = 1_000_003_601;
  assert.deepEqual(await limit.charge('ada'), { limit: 2, remaining: 1, reset, retryAfter: undefined });
  t.mock.timers.tick(600_000);
  assert.deepEqual(await limit.charge('ada'), { limit: 2, remaining: 0, reset, retryAfter: undefined });
  assert.deepEqual(await limit.charge('ada'), { limit: 2, remaining: 0, reset, retryAfter: 3000 });
  assert.equal((await limit.charge('bob')).remaining, 1, 'each has their own');
  t.mock.timers.tick(HOUR_MS - 600_001);
  assert.equal((await limit.charge('ada')).retryAfter, 1, 'never 0 while it is used up');
  t.mock.timers.tick(1);
  assert.deepEqual(await limit.charge('ada'), { limit: 2, remaining: 1, reset: reset + 3600, retryAfter: undefined });
});

test('no more get through when many come at the same time', async () => {
  const limit = createHourlyLimit('memory', 10);
  const charges = await Promise.all(Array.from({ length: 50 }, () => limit.charge('ada')));
  assert.equal(charges.filter(({ retryAfter }) => retryAfter === undefined).length, 10);
});
