const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "3 hours ago", or "just now". */
export function agoWords(iso: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < MINUTE) return 'just now';
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (seconds < HOUR) return words.format(-Math.floor(seconds / MINUTE), 'minute');
  if (seconds < DAY) return words.format(-Math.floor(seconds / HOUR), 'hour');
  return words.format(-Math.floor(seconds / DAY), 'day');
}

export type DateGroup = 'today' | 'yesterday' | 'week' | 'earlier';

/** Under which heading of a list this time stands, by the calendar of the person's own clock. */
export function dateGroup(iso: string, now: number): DateGroup {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const time = Date.parse(iso);
  if (time >= midnight) return 'today';
  if (time >= midnight - DAY * 1000) return 'yesterday';
  if (time >= midnight - 7 * DAY * 1000) return 'week';
  return 'earlier';
}
