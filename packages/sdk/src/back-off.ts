export type BackOffOptions = {
  /** The longest first delay. */
  baseMs: number;
  maxMs: number;
  random?: () => number;
};

/**
 * The delay before try number `attempt` (from 1): exponential, half of it random, so that clients cut
 * by one event do not come back as one.
 */
export function backOff(attempt: number, options: BackOffOptions): number {
  const ceiling = Math.min(options.maxMs, options.baseMs * 2 ** (attempt - 1));
  return ceiling / 2 + (ceiling / 2) * (options.random ?? Math.random)();
}

/** Waits; rejects at once with the signal's reason when it is aborted. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
