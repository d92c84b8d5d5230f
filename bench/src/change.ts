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

/** Medians of both, their ratio, and how far apart `before` was from round to round, as a share of its median: noise. */
export function judge({ better, before, now }: Change): {
  before: number;
  now: number;
  ratio: number;
  /** NaN of a single round. */
  spread: number;
  /** By more than the tolerance. */
  isWorse: boolean;
} {
  const medians = { before: median(before), now: median(now) };
  // Nothing compared to nothing is as much.
  const ratio = medians.now === medians.before ? 1 : medians.now / medians.before;
  const spread = before.length < 2 ? NaN : (Math.max(...before) - Math.min(...before)) / medians.before;
  // No figure is not a good one; one below nothing (memory that grew by less than the machine's noise) says nothing.
  const isFigure = medians.before >= 0 && medians.now >= 0;
  const isWorse = !isFigure || !(better === 'less' ? ratio <= 1 + TOLERANCE : ratio >= 1 - TOLERANCE);
  return { ...medians, ratio, spread, isWorse };
}
