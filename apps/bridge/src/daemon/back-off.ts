const FIRST_MS = 250;
const MAX_MS = 30_000;

/**
 * The wait before the next attempt: doubles from 250 ms to 30 s, with full jitter below it, so that the bridges of a
 * relay that comes back do not all come at once. Source: "Exponential backoff and jitter", AWS Architecture Blog.
 */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 20));
  return ceiling / 4 + random() * ceiling * 0.75;
}
