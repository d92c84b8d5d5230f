import { EngineError } from './engine-error.ts';
import type { Fields } from './fields.ts';

/** Go's units of time, in milliseconds. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;

/**
 * Reads `keep_alive`: seconds as a number, or a Go duration such as "1h30m"; anything negative means for ever.
 * @returns milliseconds, or undefined when the request doesn't say.
 */
export function readKeepAlive({ keep_alive: value }: Fields): number | undefined {
  if (value === undefined || value === null) return undefined;
  const milliseconds =
    typeof value === 'string' ? parseDuration(value) : typeof value === 'number' ? value * 1_000 : NaN;
  if (Number.isNaN(milliseconds))
    throw new EngineError('bad-request', 'invalid keep_alive: must be seconds or a duration such as "5m"');
  return milliseconds < 0 ? Infinity : milliseconds;
}

function parseDuration(text: string): number {
  if (text !== '' && !Number.isNaN(Number(text))) return Number(text) * 1_000;
  if (!DURATION.test(text)) return NaN;
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    milliseconds += Number(amount) * (UNIT_MS[unit ?? ''] ?? NaN);
  }
  return text.startsWith('-') ? -milliseconds : milliseconds;
}
