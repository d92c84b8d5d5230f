import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { cgroupFolders } from './cgroup-mounts.ts';
import { CgroupV1 } from './cgroup-v1.ts';
import { CgroupV2, delegatedGroup } from './cgroup-v2.ts';
import { type Confinement, CONFINEMENT_KINDS, type ConfinementKind, ConfinementUnavailable } from './confinement.ts';
import { openDataLimit, unlimited } from './data-limit.ts';

/** Of the trial: any limit will do. */
const TRIAL = { memoryBytes: 64 * 1024 * 1024, cpus: 0.5, expires: new Date(0) };

export interface ConfinementOptions {
  /** Which may be used, best first; when none of them can be had, opening fails. Absent: all, and at last none at all. */
  kinds: readonly ConfinementKind[] | undefined;
  /** Of the group that holds all of this relay's: no other relay may use it. */
  name: string;
  log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * The best way of holding processes to their shares that this machine allows, tried on a real process.
 * @throws Error when `kinds` is given and none of them can be had.
 */
export async function openConfinement({ kinds, name, log }: ConfinementOptions): Promise<Confinement> {
  const reasons: string[] = [];
  for (const kind of kinds ?? CONFINEMENT_KINDS) {
    for (const open of candidates(kind, name)) {
      try {
        const confinement = await open();
        await tryOut(confinement);
        if (confinement.enforcement.cpu === 'none') {
          log.warn({ reasons }, 'Nothing holds proxies to their processor time: no cgroup is writable for the relay');
        }
        return confinement;
      } catch (error) {
        reasons.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  if (kinds !== undefined) throw new Error(`Cannot hold proxies to their shares: ${reasons.join('; ')}`);
  log.warn({ reasons }, 'Nothing holds proxies to their memory and processor time: this machine allows no way');
  return unlimited;
}

function candidates(kind: ConfinementKind, name: string): (() => Promise<Confinement>)[] {
  switch (kind) {
    case 'cgroup-v2':
      return [
        async () => {
          const { unified } = await ownFolders();
          if (unified === undefined) throw new ConfinementUnavailable('cgroup v2 is not mounted');
          return await CgroupV2.open(await delegatedGroup(unified), name);
        },
      ];
    case 'cgroup-v1':
      return [
        async () => new CgroupV1(await ownFolders(), name),
        // Where the processors' hierarchy can't be written, memory may.
        async () => new CgroupV1({ memory: (await ownFolders()).memory, cpu: undefined }, name),
      ];
    case 'rlimit':
      return [openDataLimit];
  }
}

async function ownFolders(): Promise<ReturnType<typeof cgroupFolders>> {
  const files = ['/proc/self/mountinfo', '/proc/self/cgroup'];
  const [mountInfo = '', ownGroups = ''] = await Promise.all(
    files.map(async (file) => await readFile(file, 'utf8').catch(() => '')),
  );
  return cgroupFolders(mountInfo, ownGroups);
}

/** That a file can be written says little: puts a process of its own under limits, and takes them away again. */
async function tryOut(confinement: Confinement): Promise<void> {
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  if (child.pid === undefined) throw new Error('Cannot start a process to try limits on', { cause: await exited });
  try {
    const place = await confinement.admit(child.pid);
    try {
      await place.limit({ ...TRIAL, proxyId: `trial-${randomUUID()}` });
    } finally {
      child.kill('SIGKILL');
      await exited;
      await place.release();
    }
  } catch (error) {
    await confinement.close();
    throw error;
  } finally {
    child.kill('SIGKILL');
  }
}
