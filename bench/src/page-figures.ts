import { percentile } from './statistics.ts';

/** What a page did while something happened. */
export interface PageFigures {
  framesPerSecond: number;
  /** Frames in the second that had the fewest. */
  worstSecond: number;
  /** Of all frames, those more than 20 ms after the one before. */
  lateShare: number;
  longTaskMsPerSecond: number;
  /** From a key's event until what it changed was drawn (Event Timing), in steps of 8 ms. */
  keyMs: { p50: number; p98: number };
}

interface Observed {
  frames: number[];
  longTasks: number[];
  keys: number[];
}

interface ObservedPage {
  evaluate<Result>(script: string): Promise<Result>;
}

const LATE_MS = 20;
const SECOND_MS = 1_000;
/** Faster keys are not reported one by one. */
const FASTEST_KEY_MS = 16;

/** Runs in the page, which knows what Node's types don't. */
const OBSERVE = `(() => {
  const frames = [], longTasks = [], keys = [];
  const observe = (options, take) => {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(take));
    observer.observe(options);
    return observer;
  };
  const observers = [
    observe({ type: 'longtask' }, ({ duration }) => longTasks.push(duration)),
    observe({ type: 'event', durationThreshold: ${FASTEST_KEY_MS} }, ({ name, duration }) => {
      if (name === 'keydown') keys.push(duration);
    }),
  ];
  let isRunning = true;
  const frame = (time) => {
    frames.push(time);
    if (isRunning) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  globalThis.endObservation = () => {
    isRunning = false;
    for (const observer of observers) observer.disconnect();
    return { frames, longTasks, keys };
  };
})()`;

/** Watches a page's frames, long tasks and keys while `act` runs. */
export async function observePage(page: ObservedPage, act: () => Promise<void>): Promise<PageFigures> {
  await page.evaluate(OBSERVE);
  await act();
  return figures(await page.evaluate<Observed>('endObservation()'));
}

function figures({ frames, longTasks, keys }: Observed): PageFigures {
  const begin = frames[0] ?? 0;
  const seconds = ((frames.at(-1) ?? 0) - begin) / SECOND_MS;
  const deltas = frames.slice(1).map((time, index) => time - (frames[index] ?? time));
  const bySecond = Array.from({ length: Math.max(1, Math.floor(seconds)) }, () => 0);
  for (const time of frames) {
    const second = Math.floor((time - begin) / SECOND_MS);
    if (second < bySecond.length) bySecond[second] = (bySecond[second] ?? 0) + 1;
  }
  const slowKeys = keys.length === 0 ? [FASTEST_KEY_MS] : keys;
  return {
    framesPerSecond: deltas.length / seconds,
    worstSecond: Math.min(...bySecond),
    lateShare: deltas.filter((delta) => delta > LATE_MS).length / deltas.length,
    longTaskMsPerSecond: longTasks.reduce((sum, one) => sum + one, 0) / seconds,
    keyMs: { p50: percentile(slowKeys, 0.5), p98: percentile(slowKeys, 0.98) },
  };
}
