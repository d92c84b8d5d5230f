import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';
import type { ConfinementKind } from './confinement.ts';

const BYTES = 64 * 1024 * 1024;
const PRLIMIT = 'prlimit';

/**
 * What this machine allows of a kind, tried on a sleeping process by hand: nothing of the driver is asked, so that a
 * driver that breaks can't pass for a machine that has nothing. Undefined where it allows nothing.
 */
export async function probe(kind: ConfinementKind): Promise<ProxyEnforcement | undefined> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  const undo: (() => void)[] = [];
  try {
    return PROBES[kind]({ pid: child.pid!, undo }); // it runs
  } catch {
    return undefined;
  } finally {
    child.kill('SIGKILL');
    await exited;
    for (const step of undo.toReversed()) await retried(step);
  }
}

interface Trial {
  pid: number;
  /** What takes back what was done, once the process is gone. */
  undo: (() => void)[];
}

const PROBES: Record<ConfinementKind, (trial: Trial) => ProxyEnforcement> = {
  rlimit({ pid }) {
    execFileSync(PRLIMIT, ['--pid', String(pid), `--data=${BYTES}:${BYTES}`], { stdio: 'ignore' });
    return { memory: 'rlimit', cpu: 'none' };
  },

  'cgroup-v1'(trial) {
    const limited = (controller: string, file: string, value: number): void => {
      const group = made(join(groupOfVersion1(controller), `probe-${trial.pid}`), trial);
      writeFileSync(join(group, 'cgroup.procs'), String(trial.pid));
      writeFileSync(join(group, file), String(value));
    };
    limited('memory', 'memory.limit_in_bytes', BYTES);
    return {
      memory: 'cgroup-v1',
      cpu: allows(() => limited('cpu', 'cpu.cfs_quota_us', 50_000)) ? 'cgroup-v1' : 'none',
    };
  },

  'cgroup-v2'(trial) {
    const own = groupOfVersion2();
    const group = basename(own) === 'c2l-relay' ? dirname(own) : own;
    const processes = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
    // As decision 0027 has it: nobody else is moved. Who is alone moves, for good: the driver would do the same.
    if (processes.some((pid) => pid !== String(process.pid))) throw new Error(`${processes.length} in its group`);
    if (processes.length > 0) {
      mkdirSync(join(group, 'c2l-relay'), { recursive: true });
      writeFileSync(join(group, 'c2l-relay', 'cgroup.procs'), String(process.pid));
    }
    const hasControllers = (controller: string): boolean =>
      allows(() => appendFileSync(join(group, 'cgroup.subtree_control'), `+${controller}`));
    if (!hasControllers('memory')) throw new Error('memory is not handed down');
    const hasCpu = hasControllers('cpu');
    const trialGroup = made(join(group, `probe-${trial.pid}`), trial);
    writeFileSync(join(trialGroup, 'cgroup.procs'), String(trial.pid));
    writeFileSync(join(trialGroup, 'memory.max'), String(BYTES));
    const cpu = hasCpu && allows(() => writeFileSync(join(trialGroup, 'cpu.max'), '50000 100000'));
    return { memory: 'cgroup-v2', cpu: cpu ? 'cgroup-v2' : 'none' };
  },
};

function made(group: string, { undo }: Trial): string {
  mkdirSync(group);
  undo.push(() => rmdirSync(group));
  return group;
}

function allows(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

/** The process has left its group a moment after its end is told. */
async function retried(step: () => void): Promise<void> {
  for (let left = 100; left > 0 && !allows(step); left--) await new Promise((resolve) => setTimeout(resolve, 20));
}

function groupOfVersion1(controller: string): string {
  const mount = mounts().find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes(controller));
  return ownGroup(mount, (controllers) => controllers.split(',').includes(controller));
}

function groupOfVersion2(): string {
  return ownGroup(
    mounts().find(([, , type]) => type === 'cgroup2'),
    (controllers) => controllers === '',
  );
}

function mounts(): string[][] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
}

/** The folder of the process's own group; in a container, where that is out of sight, of what is mounted. */
function ownGroup([, mounted]: string[] = [], isMeant: (controllers: string) => boolean): string {
  if (mounted === undefined) throw new Error('it is not mounted');
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((each) => each.split(':'))
    .find(([, controllers]) => controllers !== undefined && isMeant(controllers));
  if (line === undefined) throw new Error('the process is in no group of it');
  const path = join(mounted, line.slice(2).join(':'));
  return existsSync(path) ? path : mounted;
}
