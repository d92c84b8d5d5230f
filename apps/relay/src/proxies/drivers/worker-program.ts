import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { WorkerProgramSources } from './write-worker-program.ts';

/** The program of a proxy's process, in this repository. */
export const WORKER_SOURCE = fileURLToPath(new URL('../../../../proxy/src/main.ts', import.meta.url));

const THREAD_URL = new URL('./worker-program-thread.ts', import.meta.url);
/** As `writeWorkerProgram` names them; with a second part while it writes. */
const FOLDER = /^worker-[0-9a-f]{16}(-[0-9a-f-]{36})?$/;

export interface WorkerProgramOptions {
  /** It is written into a folder in this one. */
  folder: string;
  /** Where it begins; absent: `apps/proxy/src/main.ts`. */
  entry?: string;
  /** Sources that run before the entry: what a test adds to the program. */
  before?: readonly string[];
}

/**
 * Writes the worker's program as plain JavaScript, its imports with it, and returns the path of its entry; what imports
 * it runs on no package. Once per start of the relay, on a thread: it takes a quarter of a second.
 * @throws Error when a source can't be read, or imports a package that is not ours.
 */
export async function workerProgram({
  folder,
  entry = WORKER_SOURCE,
  before = [],
}: WorkerProgramOptions): Promise<string> {
  const workerData: WorkerProgramSources = { folder, entry, before };
  const thread = new Worker(THREAD_URL, {
    workerData,
    name: 'worker-program',
    // The relay's output is its log alone; stripping types still announces itself as experimental.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  // as: the thread posts the path, once; its errors reject
  const [path] = (await once(thread, 'message')) as [string];
  return path;
}

/**
 * Removes programs of earlier versions, and what a relay that was killed had begun to write; with no current one, all.
 * What can't be removed is logged; returns how many those are.
 */
export async function removeOldPrograms(
  folder: string,
  currentEntry: string | undefined,
  log: Pick<Logger, 'warn'>,
): Promise<number> {
  const current = currentEntry === undefined ? undefined : basename(dirname(currentEntry));
  const names = (await readdir(folder)).filter((name) => FOLDER.test(name) && name !== current);
  const removals = await Promise.all(
    names.map((name) =>
      rm(join(folder, name), { recursive: true, force: true }).then(
        () => 0,
        (err: unknown) => {
          log.warn({ err, name }, "Cannot remove an old program of proxies' processes: the next sweep tries again");
          return 1;
        },
      ),
    ),
  );
  return removals.reduce<number>((left, each) => left + each, 0);
}
