import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the next token of one generation may be sent. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/** An even pace measured from the first token, so that late timers don't add up; without a rate, no waiting at all. */
export function createPace(tokensPerSecond?: number): Pace {
  if (tokensPerSecond === undefined) return () => Promise.resolve();
  let nextAt: number | undefined;
  return async (signal) => {
    const now = performance.now();
    nextAt = nextAt === undefined ? now : nextAt + 1000 / tokensPerSecond;
    if (nextAt > now) await delay(nextAt - now, undefined, { signal });
  };
}
