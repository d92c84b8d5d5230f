import type { BridgeLoad } from '@cloudtolocalllm/sdk';

type Samples = BridgeLoad['samples'];

/** Between two samples of a computer that was there all the time lies a minute; more than this is a gap. */
const GAP_SECONDS = 150;

/** The samples as a chart draws them: seconds and loads, with nothing where the computer was away. */
export function loadSeries(samples: Samples): [seconds: number[], loads: (number | null)[]] {
  const seconds: number[] = [];
  const loads: (number | null)[] = [];
  for (const { at, load } of samples) {
    const second = Date.parse(at) / 1000;
    const before = seconds.at(-1);
    if (before !== undefined && second - before > GAP_SECONDS) {
      seconds.push((before + second) / 2);
      loads.push(null);
    }
    seconds.push(second);
    loads.push(load);
  }
  return [seconds, loads];
}

/** The newest and the highest sample; undefined when there is none. */
export function loadExtremes(samples: Samples): { newest: Samples[number]; highest: Samples[number] } | undefined {
  const newest = samples.at(-1);
  if (newest === undefined) return undefined;
  return { newest, highest: samples.reduce((best, sample) => (sample.load > best.load ? sample : best), newest) };
}
