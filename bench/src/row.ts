import type { Pair } from './bench.ts';
import { median } from './statistics.ts';

/** What the issue asks of a row: of its ratio, or of its value where there is no direct path. */
export interface Goal {
  of: 'ratio' | 'value';
  atMost?: number;
  atLeast?: number;
  aim?: number;
}

/** One line of the table and of the JSON. */
export interface Row {
  name: string;
  unit: string;
  direct?: number;
  value: number;
  ratio?: number;
  goal?: Goal;
}

/** Medians over the rounds, and how they compare. */
export function pairRow<Result>(
  name: string,
  unit: string,
  pair: Pair<Result>,
  pick: (result: Result) => number,
  goal?: Omit<Goal, 'of'>,
): Row {
  const direct = median(pair.direct.map(pick));
  const value = median(pair.through.map(pick));
  // Nothing has a ratio to nothing.
  const ratio = direct === 0 ? {} : { ratio: value / direct };
  return { name, unit, direct, value, ...ratio, ...(goal && { goal: { of: 'ratio', ...goal } }) };
}

export function valueRow(name: string, unit: string, value: number, goal?: Omit<Goal, 'of'>): Row {
  return { name, unit, value, ...(goal && { goal: { of: 'value', ...goal } }) };
}

/** Whether a row reaches its goal; undefined when it has none. */
export function reached({ value, ratio, goal }: Row): boolean | undefined {
  if (!goal) return undefined;
  const measured = goal.of === 'ratio' ? (ratio ?? NaN) : value;
  return measured <= (goal.atMost ?? Infinity) && measured >= (goal.atLeast ?? -Infinity);
}
