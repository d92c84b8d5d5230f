/** Microseconds of the machine's monotonic clock: the same in all its processes, which `performance.now()` is not. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
