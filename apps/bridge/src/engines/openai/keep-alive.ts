const SECONDS: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;

/**
 * How long Ollama's `keep_alive` keeps a model, in seconds: a number, or a duration of Go such as `1h30m`. Undefined for
 * what is no length of time: absent, for good (below 0), or none at all.
 */
export function keepAliveSeconds(value: unknown): number | undefined {
  const seconds = typeof value === 'number' ? value : durationSeconds(value);
  return seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : undefined;
}

/** Whether it asks for the model to be unloaded at once. */
export function isUnload(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && durationSeconds(value) === 0);
}

function durationSeconds(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  if (value.length > 64 || !DURATION.test(value)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of value.matchAll(PART)) sum += Number(amount) * (SECONDS[unit ?? ''] ?? 0);
  return sum;
}
