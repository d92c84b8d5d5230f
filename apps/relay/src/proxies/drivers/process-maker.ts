import { createHash } from 'node:crypto';
import { readdir, readlink, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfinementKind } from './confinement.ts';
import type { Leftovers } from './driver-contract.ts';
import { IGNORE_SIGNALS, processDriver } from './process-driver.ts';
import type { ProxyDriver } from './proxy-driver.ts';
import { workerProgram } from './worker-program.ts';

const MISBEHAVE = fileURLToPath(new URL('./test-workers/misbehave.ts', import.meta.url));
const CGROUPS = '/sys/fs/cgroup';
const quiet = { info: () => undefined, warn: () => undefined };

/** For `driver-contract.ts`; variant is the kind of confinement, absent the best that there is. */
export async function makeDriver(dataDir: string, poolSize: number, variant?: string): Promise<ProxyDriver> {
  const program = await workerProgram({ folder: dataDir, before: [IGNORE_SIGNALS, MISBEHAVE] });
  const kinds = variant === undefined ? undefined : [variant as ConfinementKind]; // as: what the suite was given
  return await processDriver({ runtimeDir: dataDir, poolSize, log: quiet, kinds, program });
}

/** Found without the driver's help: processes by their working folder, groups by name. */
export async function leftovers(dataDir: string): Promise<Leftovers> {
  const folder = await realpath(dataDir);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const folders = await Promise.all(pids.map(async (pid) => [pid, await workingFolder(pid)] as const));
  const name = `c2l-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
  return {
    running: folders.filter(([, path]) => path === join(folder, 'empty')).map(([pid]) => `process ${pid}`),
    places: await foldersIn(name, CGROUPS),
  };
}

/** Undefined of a process that is gone: also of one that nobody has asked for its end. */
async function workingFolder(pid: string): Promise<string | undefined> {
  return await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
}

/** The folders in those of this name, wherever they are. Groups of others come and go meanwhile. */
async function foldersIn(name: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  if (basename(folder) === name) return folders;
  return (await Promise.all(folders.map(async (each) => await foldersIn(name, each)))).flat();
}
