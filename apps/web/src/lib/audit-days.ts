import type { AuditEvent } from '@cloudtolocalllm/sdk';

export type AuditDay = {
  /** Midnight, by the person's own clock. */
  time: number;
  /** Where the day is told by a word. */
  relation?: 'today' | 'yesterday';
  events: readonly AuditEvent[];
};

/** Events by day, the newest first, each once: pages that were asked for one after another may overlap. */
export function byDay(events: readonly AuditEvent[], now: number): AuditDay[] {
  const days = new Map<number, AuditEvent[]>();
  const unique = new Map(events.map((event) => [event.id, event]));
  for (const event of unique.values()) {
    const time = midnight(Date.parse(event.timestamp));
    days.set(time, [...(days.get(time) ?? []), event]);
  }
  const today = midnight(now);
  // Not 24 hours back: a day may have 23 or 25.
  const yesterday = midnight(today - 1);
  return Array.from(days, ([time, list]) => ({
    time,
    ...(time === today && { relation: 'today' as const }),
    ...(time === yesterday && { relation: 'yesterday' as const }),
    events: list,
  }));
}

function midnight(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}
