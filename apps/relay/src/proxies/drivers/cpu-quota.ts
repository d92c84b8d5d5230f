/** Of time that is dealt out at once. Short, so that a process that is held back does not stutter. */
const PERIOD_US = 20_000;
/** The least that the kernel takes. */
const MIN_QUOTA_US = 1_000;

/** How a share of processors is written for the kernel's scheduler: so many microseconds in each period. */
export function cpuQuota(cpus: number): { periodUs: number; quotaUs: number } {
  const periodUs = cpus * PERIOD_US >= MIN_QUOTA_US ? PERIOD_US : Math.ceil(MIN_QUOTA_US / cpus);
  return { periodUs, quotaUs: Math.max(MIN_QUOTA_US, Math.round(cpus * periodUs)) };
}
