const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const TIME_UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** "1,024", "2.5": no more than two digits behind the point. */
export function numberWords(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 }).format(value);
}

/** "48 MB"; 1024 of one are one of the next, as everywhere in this project. */
export function bytesWords(bytes: number, language: string): string {
  const step = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return unitWords(
    bytes / 1024 ** step,
    BYTE_UNITS[step] ?? 'byte',
    language,
    step === 0 ? 'long' : 'short',
    step === 0 ? 0 : 1,
  );
}

/** "120 ms", "2.4 s". */
export function millisecondsWords(value: number, language: string): string {
  return value < 1000
    ? unitWords(value, 'millisecond', language, 'short', value < 10 ? 1 : 0)
    : unitWords(value / 1000, 'second', language, 'short', 1);
}

/** "2%"; `share` of 1. */
export function shareWords(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(
    share,
  );
}

/** "1 hour, 20 minutes": the two largest units that say something. */
export function durationWords(seconds: number, language: string): string {
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, length] of TIME_UNITS) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0 && parts.length < 2) parts.push(unitWords(count, unit, language, 'long', 0));
    // "1 day, 3 seconds" says more than anybody asked.
    else if (parts.length > 0) break;
  }
  if (parts.length === 0) parts.push(unitWords(0, 'second', language, 'long', 0));
  return new Intl.ListFormat(language, { type: 'unit', style: 'long' }).format(parts);
}

/** "in 3 hours", "2 days ago", "now". */
export function fromNowWords(time: number, now: number, language: string): string {
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const seconds = (time - now) / 1000;
  for (const [unit, length] of TIME_UNITS) {
    if (unit === 'second') break;
    // What is still to come is rounded: three hours that began a second ago are three hours.
    const count = seconds > 0 ? Math.round(seconds / length) : Math.trunc(seconds / length);
    if (count !== 0 && Math.abs(seconds) >= length * 0.99) return words.format(count, unit);
  }
  return seconds > 0 ? words.format(1, 'minute') : words.format(0, 'second');
}

/** The same of what has been: never "in a minute", though this page's clock may be behind. */
export function agoWords(time: number, now: number, language: string): string {
  return fromNowWords(Math.min(time, now), now, language);
}

/** "28 November 2026". */
export function dayWords(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(time);
}

/** "28 Nov 2026, 14:03". */
export function momentWords(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

export function clockWords(time: number, language: string, withSeconds = false): string {
  return new Intl.DateTimeFormat(language, { timeStyle: withSeconds ? 'medium' : 'short' }).format(time);
}

function unitWords(
  value: number,
  unit: string,
  language: string,
  unitDisplay: 'short' | 'long',
  maximumFractionDigits: number,
): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay, maximumFractionDigits }).format(value);
}
