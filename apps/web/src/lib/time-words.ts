import type { Texts } from '../texts/texts.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "3 hours ago", or "just now", in the catalogue's language. */
export function agoWords(iso: string, now: number, { language, computers }: Texts): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < MINUTE) return computers.justNow;
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (seconds < HOUR) return words.format(-Math.floor(seconds / MINUTE), 'minute');
  if (seconds < DAY) return words.format(-Math.floor(seconds / HOUR), 'hour');
  return words.format(-Math.floor(seconds / DAY), 'day');
}

/** The time of the day, such as "16:57" or "4:57 PM". */
export function clockWords(time: string | number, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(new Date(time));
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
