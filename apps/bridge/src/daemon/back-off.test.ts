import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from './back-off.ts';

test('doubles up to 30 s, and never waits longer or not at all', () => {
  const ceilings = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
  for (const [failures, ceiling] of ceilings.entries()) {
    assert.equal(
      backOffMs(failures, () => 0),
      ceiling / 4,
    );
    assert.equal(
      backOffMs(failures, () => 1),
      ceiling,
    );
  }
  for (const failures of [100, 10_000, Number.MAX_SAFE_INTEGER]) {
    const wait = backOffMs(failures);
    assert.ok(wait >= 7_500 && wait <= 30_000);
  }
});
