import { BridgeError } from '../bridge-error.ts';

export const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const MINUTE_MS = 60_000;

/** Minutes since Sunday 00:00 on this computer's clock; `end` is the first one outside, maybe in the next week. */
export interface Hours {
  start: number;
  end: number;
}

/**
 * Reads `mon-fri 08:00-18:00`, `sat,sun 10:00-14:00`, `fri 22:00-06:00` (until Saturday), `22:00-06:00` (every day) or
 * `sun` (all day). Throws BridgeError with what to write instead.
 */
export function parseHours(text: string): Hours[] {
  const example = 'write days and times such as "mon-fri 08:00-18:00"';
  const parts = text.trim().toLowerCase().split(/\s+/);
  const times = parts.at(-1)?.includes(':') === true ? parts.pop() : '00:00-24:00';
  if (parts.length > 1) throw wrong(`"${shown(text)}" has too many parts: ${example}`);
  const days = parts[0] === undefined || parts[0] === 'daily' ? [0, 1, 2, 3, 4, 5, 6] : parseDays(parts[0], example);
  const [from, to, ...rest] = (times ?? '').split('-');
  if (from === undefined || to === undefined || rest.length > 0) {
    throw wrong(`"${shown(times ?? '')}" has no beginning and end: ${example}`);
  }
  const [start, end] = [parseTime(from), parseTime(to)];
  if (start === DAY_MINUTES) throw wrong('24:00 is an end: write 00:00 for a beginning');
  if (start === end) throw wrong('beginning and end are the same: write 00:00-24:00 for the whole day');
  return [...new Set(days)].map((day) => ({
    start: day * DAY_MINUTES + start,
    end: day * DAY_MINUTES + (end > start ? end : end + DAY_MINUTES),
  }));
}

function parseDays(text: string, example: string): number[] {
  return text.split(',').flatMap((part) => {
    const ends = part.split('-').map((name) => {
      const day = DAYS.findIndex((full) => full === name || full.slice(0, 3) === name);
      if (day < 0) throw wrong(`"${shown(name)}" is no day (mon, tue, wed, thu, fri, sat, sun): ${example}`);
      return day;
    });
    const [first, last = first] = ends;
    if (first === undefined || last === undefined || ends.length > 2) throw wrong(`"${shown(part)}": ${example}`);
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7);
  });
}

function parseTime(text: string): number {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const time = Number(hours) * 60 + Number(minutes);
  if (hours === undefined || Number(minutes) > 59 || time > DAY_MINUTES) {
    throw wrong(`"${shown(text)}" is no time: write hours and minutes from 00:00 to 24:00`);
  }
  return time;
}

/**
 * Whether it is one of these hours; none = always. What counts is what the clock on the wall says, so that a change to
 * or from summer time moves nothing: an hour that is skipped is not there, one that comes twice counts twice.
 */
export function isOpen(hours: readonly Hours[], now: number): boolean {
  if (hours.length === 0) return true;
  const date = new Date(now);
  const minute = date.getDay() * DAY_MINUTES + date.getHours() * 60 + date.getMinutes();
  return hours.some(
    ({ start, end }) =>
      (minute >= start && minute < end) || (minute + WEEK_MINUTES >= start && minute + WEEK_MINUTES < end),
  );
}

/** The minute, in ms since 1970, at which `isOpen` answers otherwise; undefined when it never does. */
export function nextChange(hours: readonly Hours[], now: number): number | undefined {
  const open = isOpen(hours, now);
  let minute = now - (now % MINUTE_MS);
  // A week and what a change of the clock may add.
  for (let step = 0; step <= WEEK_MINUTES + DAY_MINUTES; step++) {
    minute += MINUTE_MS;
    if (isOpen(hours, minute) !== open) return minute;
  }
  return undefined;
}

/** A point in time as a person says it: `Mon 08:00`. */
export function dayAndTime(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = DAYS[date.getDay()]?.slice(0, 3) ?? '';
  return `${day.charAt(0).toUpperCase()}${day.slice(1)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function shown(text: string): string {
  return text.slice(0, 60);
}

function wrong(reason: string): BridgeError {
  return new BridgeError('usage', reason);
}
