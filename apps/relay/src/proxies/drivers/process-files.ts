import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerUsage } from './proxy-driver.ts';

/** USER_HZ: what the kernel counts in towards programs, 100 on every Linux that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100;
const KILOBYTE = 1024;
const END_LOOK_MS = 10;
const END_ATTEMPTS = 100;

/** Variable in the environment of a worker: the process id of its relay. */
export const RELAY_PID_VARIABLE = 'RELAY_PID';

/** Amounts of `/proc/<pid>/status` in bytes. */
export interface ProcessMemory {
  /** Private writable memory that is reserved: what RLIMIT_DATA counts. */
  data: number;
  /** Private memory that is really there. */
  resident: number;
}

export async function processMemory(pid: number): Promise<ProcessMemory | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const amount = (name: string): number | undefined => {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * KILOBYTE;
  };
  const [data, resident] = [amount('VmData'), amount('RssAnon')];
  return data === undefined || resident === undefined ? undefined : { data, resident };
}

/** Of all its threads, those that have ended too; undefined when it is gone. */
export async function processCpuSeconds(pid: number): Promise<number | undefined> {
  const fields = await statFields(pid);
  // The 14th and 15th field of stat, of which two are cut off: utime and stime.
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** When it began, in ticks since the machine did: with its id, a process's name for good. Undefined when it is gone. */
export async function processStart(pid: number): Promise<string | undefined> {
  return (await statFields(pid))?.[19];
}

/** Private memory and processor time of a process, from `/proc`. */
export async function processUsage(pid: number): Promise<WorkerUsage | undefined> {
  const [memory, cpuSeconds] = await Promise.all([processMemory(pid), processCpuSeconds(pid)]);
  if (memory === undefined || cpuSeconds === undefined) return undefined;
  return { memoryBytes: memory.resident, cpuSeconds };
}

/**
 * Processes that were started in this folder by a relay that is gone: their parent is no longer the one that their
 * environment names. Process ids that were used again can't mislead it.
 */
export async function orphansIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isOrphanIn(pid, folder)) ? [pid] : [])));
  return found.flat();
}

async function isOrphanIn(pid: number, folder: string): Promise<boolean> {
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (workingFolder !== folder) return false;
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const [, relay] = new RegExp(`(?:^|\0)${RELAY_PID_VARIABLE}=(\\d+)`).exec(environment) ?? [];
  const parent = (await statFields(pid))?.[1];
  return relay !== undefined && parent !== undefined && relay !== parent;
}

/** The fields of stat from the third on: the second, the name, may hold anything. */
async function statFields(pid: number): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Kills a process that is not our child, and waits until it is gone; for no longer than it should take. */
export async function endProcess(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
    for (let left = END_ATTEMPTS; left > 0; left--) {
      await sleep(END_LOOK_MS);
      process.kill(pid, 0);
    }
  } catch {
    // There is no such process any more.
  }
}
