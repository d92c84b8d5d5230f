const FIRST_MS = 250;
const MAX_MS = 30_000;
/** After an attempt that no relay has seen: this computer alone pays for the next one. */
const MAX_LOCAL_MS = 2_000;

/** What the system says of a connection that never left this computer: no network, or nobody who knows the name. */
const LOCAL_CODES = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EHOSTDOWN', 'EAI_AGAIN', 'ENOTFOUND']);

/**
 * The wait before the next attempt: doubles from 250 ms to 30 s (`local` attempts: 2 s), with full jitter below it, so that
 * the bridges of a relay that comes back do not all come at once. Source: "Exponential backoff and jitter", AWS
 * Architecture Blog.
 */
export function backOffMs(
  failures: number,
  { local = false, random = Math.random }: { local?: boolean; random?: () => number } = {},
): number {
  const ceiling = Math.min(local ? MAX_LOCAL_MS : MAX_MS, FIRST_MS * 2 ** Math.min(failures, 20));
  return ceiling / 4 + random() * ceiling * 0.75;
}

/** Whether an attempt failed on this computer already; `fetch` hides the reason in the cause, some of them in several. */
export function isLocal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isLocal);
  if ('code' in error && typeof error.code === 'string' && LOCAL_CODES.has(error.code)) return true;
  return isLocal(error.cause);
}
