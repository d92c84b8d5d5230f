import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export interface AttemptLimit {
  /** Wrong attempts that are let through within the time. */
  attempts: number;
  seconds: number;
}

/**
 * Counts attempts to guess something, per key. An attempt is counted before it is judged, so that many at the same time
 * get no further than many in a row; a right one is given back.
 */
export function attemptCounter({ attempts, seconds }: AttemptLimit) {
  const limiter = new RateLimiterMemory({ points: attempts, duration: seconds });
  return {
    /** Undefined: go on. Otherwise the seconds until the next attempt is let through. */
    async take(key: string): Promise<number | undefined> {
      try {
        await limiter.consume(key);
        return undefined;
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      }
    },

    /** The attempt was right: it doesn't count. */
    async giveBack(key: string): Promise<void> {
      await limiter.reward(key);
    },

    /** Forgets all attempts. */
    async reset(key: string): Promise<void> {
      await limiter.delete(key);
    },
  };
}
