import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Confined, type Confinement, ConfinementUnavailable } from './confinement.ts';
import { processMemory, processUsage } from './process-files.ts';

const run = promisify(execFile);
const PRLIMIT_MS = 5_000;

/**
 * Limits a process's private memory by RLIMIT_DATA, for machines without groups (setrlimit(2)); nothing holds its
 * processor time. What is over the limit is not given out: the process then ends itself.
 * @throws ConfinementUnavailable without `prlimit` of util-linux.
 */
export async function openDataLimit(): Promise<Confinement> {
  await run('prlimit', ['--pid', String(process.pid), '--data'], { timeout: PRLIMIT_MS }).catch((cause: unknown) => {
    throw new ConfinementUnavailable('prlimit (util-linux) does not run', { cause });
  });
  return {
    enforcement: { memory: 'rlimit', cpu: 'none' },
    admit: (pid) => Promise.resolve(dataLimited(pid)),
    sweep: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  };
}

function dataLimited(pid: number): Confined {
  return {
    limit: async ({ memoryBytes }) => {
      const memory = await processMemory(pid);
      if (memory === undefined) throw new Error(`Cannot limit the process ${pid}: it is gone`);
      // Stacks of threads and the like are reserved and never touched: they are no memory, and come on top.
      const bytes = memoryBytes + Math.max(0, memory.data - memory.resident);
      await run('prlimit', ['--pid', String(pid), `--data=${bytes}:${bytes}`], { timeout: PRLIMIT_MS });
    },
    usage: () => processUsage(pid),
    // Told by what it says when it ends itself.
    ranOutOfMemory: () => Promise.resolve(false),
    release: () => Promise.resolve(),
  };
}

/** For machines with nothing of the kind: what a process uses is measured, and nothing holds it. */
export const unlimited: Confinement = {
  enforcement: { memory: 'none', cpu: 'none' },
  admit: (pid) =>
    Promise.resolve({
      limit: () => Promise.resolve(),
      usage: () => processUsage(pid),
      ranOutOfMemory: () => Promise.resolve(false),
      release: () => Promise.resolve(),
    }),
  sweep: () => Promise.resolve(0),
  close: () => Promise.resolve(),
};
