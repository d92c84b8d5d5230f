import { createHash } from 'node:crypto';
import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { DockerApi } from './docker-api.ts';
import { processStart } from './process-files.ts';

/** Labels of containers: of which data folder they are, and the worker's name in it. */
export const DATA_LABEL = 'cloudtolocalllm.data';
export const WORKER_LABEL = 'cloudtolocalllm.worker';
/** `<pid>-<its start>-<number>`: of a relay, and of a worker of its. */
const WORKER_NAME = /^(\d+)-(\d+)-\d+$/;
const HASH_CHARACTERS = 12;

export interface ContainerSweep {
  api: Pick<DockerApi, 'containers' | 'removeContainer'>;
  /** As `realpath` has it. */
  runtimeDir: string;
  /** Whether this relay uses it; undefined for the name of another relay's. */
  isInUse(name: string): boolean | undefined;
  log: Pick<Logger, 'warn'>;
}

/** What the containers of a data folder are labelled with. */
export function dataHashOf(runtimeDir: string): string {
  return createHash('sha256').update(runtimeDir).digest('hex').slice(0, HASH_CHARACTERS);
}

/**
 * Removes containers and folders of relays that are gone, and of this one what it does not use. What can't be removed is
 * logged and counted. @throws DockerError when Docker can't be asked.
 */
export async function sweepContainers(options: ContainerSweep): Promise<{ removed: number; left: number }> {
  const { api, runtimeDir, log } = options;
  const [removed, left] = [new Set<string>(), new Set<string>()];
  const attempt = async (name: string, remove: () => Promise<void>): Promise<void> => {
    try {
      await remove();
      removed.add(name);
    } catch (err) {
      left.add(name);
      log.warn({ err, worker: name }, 'Cannot remove what a proxy has left: the next sweep tries again');
    }
  };
  for (const { id, labels } of await api.containers(DATA_LABEL, dataHashOf(runtimeDir))) {
    const name = labels[WORKER_LABEL] ?? '';
    if (await isLeftBehind(name, options)) await attempt(name, () => api.removeContainer(id));
  }
  for (const name of await readdir(runtimeDir)) {
    if (!WORKER_NAME.test(name) || !(await isLeftBehind(name, options))) continue;
    await attempt(name, () => rm(join(runtimeDir, name), { recursive: true, force: true }));
  }
  for (const name of left) removed.delete(name);
  return { removed: removed.size, left: left.size };
}

/** One of this relay's that is none of its workers, or one of a relay that is gone. */
async function isLeftBehind(name: string, { isInUse }: ContainerSweep): Promise<boolean> {
  const inUse = isInUse(name);
  if (inUse !== undefined) return !inUse;
  const [, pid, start] = WORKER_NAME.exec(name) ?? [];
  return pid === undefined || (await processStart(Number(pid))) !== start;
}

/**
 * For a relay that runs its proxies in something else by now; returns whether nothing is left.
 * @throws DockerError when Docker does not answer at this path.
 */
export async function sweepAfterDocker(options: {
  socketPath: string;
  runtimeDir: string;
  log: Pick<Logger, 'warn'>;
}): Promise<boolean> {
  const api = await DockerApi.connect(options.socketPath);
  const runtimeDir = await realpath(options.runtimeDir);
  const { left } = await sweepContainers({ ...options, runtimeDir, api, isInUse: () => undefined });
  return left === 0;
}
