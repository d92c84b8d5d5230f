import { readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

export interface ProcessUsage {
  /** User and system time of all its threads so far. */
  cpuSeconds: number;
  residentBytes: number;
  /** Its share of what it has in memory: what others have too counts in parts. */
  readonly ownBytes: number;
}

/** What a process has used, from `/proc` (proc(5)): Linux only. */
export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field, the name, may hold spaces and parentheses; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return {
    cpuSeconds: ticks / TICKS_PER_SECOND,
    residentBytes: Number(resident) * 1024,
    get ownBytes() {
      const proportional = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1];
      return Number(proportional) * 1024;
    },
  };
}
