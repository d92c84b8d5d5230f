/**
 * Calls `measure` at most once per `forMs` and gives everybody who asks meanwhile the same answer, however many ask.
 * @param now milliseconds of a clock that never goes back.
 */
export function remembered<Result>(
  measure: () => Promise<Result>,
  forMs: number,
  now: () => number = () => performance.now(),
): () => Promise<Result> {
  let latest: { at: number; result: Promise<Result> } | undefined;
  return () => {
    if (latest === undefined || now() - latest.at >= forMs) {
      latest = { at: Infinity, result: measure() };
      const mine = latest;
      // Its time runs from its end: a measurement that hangs must not be joined by a second one.
      const ended = (): void => void (mine.at = now());
      latest.result.then(ended, ended);
    }
    return latest.result;
  };
}
