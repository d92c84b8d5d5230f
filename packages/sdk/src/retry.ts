import { ApiError } from './api-error.ts';
import { backOff, wait } from './back-off.ts';

/** How often, and how long for, the client tries again by itself. */
export type RetryOptions = {
  /** Tries again of one call, about two seconds in all; 0: none. 3 when absent. */
  calls?: number;
  /** Tries in a row of a stream that was cut, without a byte in between; 0: none. 8 when absent: about half a minute. */
  resumes?: number;
  /** The longest `Retry-After` that is waited for, in milliseconds; a longer one is thrown. 10 000 when absent. */
  maxWaitMs?: number;
};

export type RetryPolicy = Required<RetryOptions>;

const DEFAULTS: RetryPolicy = { calls: 3, resumes: 8, maxWaitMs: 10_000 };

export function retryPolicy(options: RetryOptions = {}): RetryPolicy {
  return {
    calls: options.calls ?? DEFAULTS.calls,
    resumes: options.resumes ?? DEFAULTS.resumes,
    maxWaitMs: options.maxWaitMs ?? DEFAULTS.maxWaitMs,
  };
}

/** Between the connections of a stream. */
export const RESUME_PACE = { baseMs: 250, maxMs: 8_000 } as const;

export type Pause = {
  /** The number of the try that failed, from 1. */
  attempt: number;
  tries: number;
  baseMs: number;
  maxMs: number;
  maxWaitMs: number;
  signal?: AbortSignal;
  wait?: typeof wait;
};

/** Waits before the next try. Throws `problem` after the last one, and when the relay asks for more time than there is. */
export async function pauseAfter(problem: unknown, { attempt, tries, maxWaitMs, ...options }: Pause): Promise<void> {
  const asked = problem instanceof ApiError ? (problem.retryAfter ?? 0) * 1000 : 0;
  if (attempt > tries || asked > maxWaitMs) throw problem;
  await (options.wait ?? wait)(Math.max(asked, backOff(attempt, options)), options.signal);
}
