import { DAYS } from './hours.ts';

/**
 * A point in time as a person types it, by this computer's clock, in ms since 1970: `22:00` (today), `sat 22:00` (the
 * next Saturday, or today) or `2026-12-24 22:00`. Undefined when it is none of them.
 */
export function parseMoment(text: string, now: number): number | undefined {
  const match = /^(?:(\d{4})-(\d{2})-(\d{2})[ T]|([a-z]{3,9}) )?(\d{1,2}):(\d{2})$/i.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, name, hours, minutes] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const date = new Date(now);
  if (year !== undefined) {
    date.setFullYear(Number(year), Number(month) - 1, Number(day));
    if (date.getMonth() !== Number(month) - 1 || date.getDate() !== Number(day)) return undefined;
  } else if (name !== undefined) {
    const lower = name.toLowerCase();
    const weekday = DAYS.findIndex((full) => full === lower || full.slice(0, 3) === lower);
    if (weekday < 0) return undefined;
    date.setDate(date.getDate() + ((weekday - date.getDay() + 7) % 7));
  }
  date.setHours(Number(hours), Number(minutes), 0, 0);
  return date.getTime();
}
