import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RelayApiError } from '../relay-api.ts';
import { backOffMs, isLocal } from './back-off.ts';

test('doubles up to 30 s, and never waits longer or not at all', () => {
  const ceilings = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
  for (const [failures, ceiling] of ceilings.entries()) {
    assert.equal(backOffMs(failures, { random: () => 0 }), ceiling / 4);
    assert.equal(backOffMs(failures, { random: () => 1 }), ceiling);
  }
  for (const failures of [100, 10_000, Number.MAX_SAFE_INTEGER]) {
    const wait = backOffMs(failures);
    assert.ok(wait >= 7_500 && wait <= 30_000);
  }
});

test('tries again within 2 s what no relay has seen', () => {
  assert.equal(backOffMs(0, { local: true, random: () => 1 }), 250);
  assert.equal(backOffMs(1000, { local: true, random: () => 1 }), 2000);
});

test('knows what failed on this computer, as sockets and fetch say it', async () => {
  const coded = (code: string): Error => Object.assign(new Error(code), { code });
  const fetched = new RelayApiError(0, 'no', { cause: new TypeError('fetch failed', { cause: coded('EAI_AGAIN') }) });
  assert.ok(
    [coded('ENETUNREACH'), fetched, new AggregateError([coded('ENETUNREACH'), coded('ENOTFOUND')])].every(isLocal),
  );
  const mixed = new AggregateError([coded('ENETUNREACH'), coded('ECONNREFUSED')]);
  assert.ok(![coded('ECONNREFUSED'), new Error('x'), mixed, new AggregateError([]), undefined].some(isLocal));
  const lookup = await fetch('http://nowhere.invalid/').catch((error: unknown) => error);
  assert.ok(isLocal(lookup));
});
