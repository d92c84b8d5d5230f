/** The smallest value that is not below `share` (0-1) of all; NaN of nothing. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const index = Math.max(0, Math.ceil(share * sorted.length) - 1);
  return sorted[index] ?? NaN;
}

/** The middle value; of an even number the mean of the two in the middle; NaN of nothing. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).toSorted();
  const above = sorted[sorted.length >> 1] ?? NaN;
  const below = sorted[(sorted.length - 1) >> 1] ?? NaN;
  return (above + below) / 2;
}
