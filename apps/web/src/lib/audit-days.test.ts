import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditEvent } from '@cloudtolocalllm/sdk';
import { byDay } from './audit-days.ts';

const event = (id: string, time: Date): AuditEvent => ({ id, timestamp: time.toISOString(), action: 'signed_in' });
const NOW = new Date(2026, 2, 30, 9, 0).getTime();

describe('events by day', () => {
  it('stand under their day of the own calendar, also when one had only 23 hours', () => {
    const days = byDay(
      [
        event('a', new Date(2026, 2, 30, 8, 0)),
        event('b', new Date(2026, 2, 29, 23, 59)),
        event('c', new Date(2026, 2, 29, 0, 1)),
        event('d', new Date(2026, 2, 28, 23, 59)),
      ],
      NOW,
    );
    assert.deepEqual(
      days.map(({ relation, events }) => [relation, events.map(({ id }) => id).join('')]),
      [
        ['today', 'a'],
        ['yesterday', 'bc'],
        [undefined, 'd'],
      ],
    );
    assert.equal(days[2]?.time, new Date(2026, 2, 28).getTime());
  });

  it('stand there once when two pages overlap', () => {
    const one = event('a', new Date(2026, 2, 30, 8, 0));
    assert.equal(byDay([one, one], NOW)[0]?.events.length, 1);
    assert.deepEqual(byDay([], NOW), []);
  });
});
