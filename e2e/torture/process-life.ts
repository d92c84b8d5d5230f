import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What a process has used and holds, from `/proc` (proc(5)). */
export interface ProcessLife {
  cpuMs: number;
  residentMb: number;
  openFiles: number;
}

export function processLife(pid: number): ProcessLife {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field, the name, may hold spaces and parentheses; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return {
    cpuMs: ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1000,
    residentMb: Number(resident) / 1024,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
  };
}
