import { median } from './statistics.ts';

/** How much worse a figure may have become. */
export const TOLERANCE = 0.05;

/** A figure of two checkouts, measured in turns. */
export interface Change {
  name: string;
  unit: string;
  better: 'less' | 'more';
  before: readonly number[];
  now: readonly number[];
}

/** Which checkout is measured first in a round: in turns, so that what a round leaves behind meets both alike. */
export function orderOf(round: number): readonly ['before', 'now'] | readonly ['now', 'before'] {
  return round % 2 === 0 ? ['before', 'now'] : ['now', 'before'];
}

/** Medians of both and their ratio; `isWorse` when it is so by more than the tolerance. */
export function judge({ better, before, now }: Change): {
  before: number;
  now: number;
  ratio: number;
  isWorse: boolean;
} {
  const medians = { before: median(before), now: median(now) };
  const ratio = medians.now / medians.before;
  // No figure is not a good one.
  const isWorse = !(better === 'less' ? ratio <= 1 + TOLERANCE : ratio >= 1 - TOLERANCE);
  return { ...medians, ratio, isWorse };
}
