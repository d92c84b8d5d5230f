import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sinceTime } from './logs.ts';

it('an age or a time says since when', () => {
  const now = Date.parse('2026-05-01T08:00:00Z');
  for (const [text, expected] of [
    ['90s', now - 90_000],
    ['30m', now - 30 * 60_000],
    ['2h', now - 2 * 3_600_000],
    ['7d', now - 7 * 86_400_000],
    ['2026-05-01T07:00Z', now - 3_600_000],
  ] as const) {
    assert.equal(sinceTime(text, now), expected, text);
  }
  for (const text of ['', 'yesterday', '2 h', '1h2m']) {
    assert.throws(() => sinceTime(text, now), { code: 'usage' }, text);
  }
});
