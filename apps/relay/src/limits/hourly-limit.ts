import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const HOUR_SECONDS = 3600;

/** What a request was counted as. */
export interface Charge {
  /** Requests an hour. */
  limit: number;
  remaining: number;
  /** When the hour that began with the first request ends: seconds since 1970. */
  reset: number;
  /** Set when the limit was used up before this request: seconds until requests are let through again. */
  retryAfter: number | undefined;
}

/** What is left of a limit. */
export type Left = Omit<Charge, 'reset' | 'retryAfter'> & { reset: number | null };

/** Requests per hour and key; an hour begins with a key's first request. */
export interface HourlyLimit {
  charge(key: string): Promise<Charge>;
  /** What is left, without taking any; `reset` is null when no hour has begun. */
  look(key: string): Promise<Left>;
}

/** Where counts are kept: `memory` is this process, and a restart forgets them. */
export type LimitStore = 'memory';

/** @param store chosen by configuration; all of them behave alike. */
export function createHourlyLimit(store: LimitStore, perHour: number): HourlyLimit {
  const limiter = createLimiter[store](perHour);
  return {
    async charge(key) {
      try {
        return toCharge(perHour, await limiter.consume(key));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return toCharge(perHour, refusal);
      }
    },

    async look(key) {
      const found = await limiter.get(key);
      if (found === null) return { limit: perHour, remaining: perHour, reset: null };
      const { limit, remaining, reset } = toCharge(perHour, found);
      return { limit, remaining: Math.max(0, remaining), reset };
    },
  };
}

const createLimiter = {
  memory: (points: number) => new RateLimiterMemory({ points, duration: HOUR_SECONDS, keyPrefix: '' }),
} satisfies Record<LimitStore, unknown>;

function toCharge(limit: number, { remainingPoints, consumedPoints, msBeforeNext }: RateLimiterRes): Charge {
  return {
    limit,
    remaining: remainingPoints,
    reset: Math.ceil((Date.now() + msBeforeNext) / 1000),
    retryAfter: consumedPoints > limit ? Math.max(1, Math.ceil(msBeforeNext / 1000)) : undefined,
  };
}
