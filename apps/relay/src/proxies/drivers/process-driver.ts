import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Confinement, ConfinementKind } from './confinement.ts';
import { openConfinement } from './open-confinement.ts';
import { endProcess, orphansIn } from './process-files.ts';
import type { ProxyDriver, ProxyWorker, WorkerSpec } from './proxy-driver.ts';
import { WorkerPool } from './worker-pool.ts';
import { WorkerProcess } from './worker-process.ts';
import { removeOldPrograms, workerProgram } from './worker-program.ts';

/** One that died while it waited, and one more mishap. */
const CREATE_ATTEMPTS = 3;
const GROUP_HASH_CHARACTERS = 12;
/** Of all its processes. */
const WORKING_FOLDER = 'empty';

/** Part of every program that this driver runs. */
export const IGNORE_SIGNALS = fileURLToPath(new URL('./ignore-signals.ts', import.meta.url));

export interface ProcessDriverOptions {
  /** A folder of this relay's own; it is made when it is not there. By it a relay knows what it left behind. */
  runtimeDir: string;
  /** How many processes wait, ready, for proxies to be made. */
  poolSize: number;
  log: Pick<Logger, 'info' | 'warn'>;
  /** How processes may be held to their shares, best first; absent: whatever the machine allows. */
  kinds?: readonly ConfinementKind[];
  /** Entry of a worker's program in JavaScript. Absent: made of this repository's, once per start. */
  program?: string;
}

/**
 * Runs each proxy as a child process of the relay, taken from a pool that is filled behind its back.
 * @throws Error when the program can't be written, or when none of `kinds` can be had.
 */
export async function processDriver(options: ProcessDriverOptions): Promise<ProxyDriver> {
  const { poolSize, log, kinds } = options;
  await mkdir(options.runtimeDir, { recursive: true, mode: 0o700 });
  const runtimeDir = await realpath(options.runtimeDir);
  const folder = join(runtimeDir, WORKING_FOLDER);
  await mkdir(folder, { recursive: true });
  const [program, confinement] = await Promise.all([
    options.program ?? workerProgram({ folder: runtimeDir, before: [IGNORE_SIGNALS] }),
    openConfinement({ kinds, name: groupName(runtimeDir), log }),
  ]);
  log.info({ enforcement: confinement.enforcement }, 'Proxies run as processes');
  const start = async (): Promise<WorkerProcess> => await WorkerProcess.start({ program, folder, confinement });
  return new ProcessDriver({
    confinement,
    folder,
    log,
    program,
    runtimeDir,
    pool: new WorkerPool({ size: poolSize, start, log }),
  });
}

function groupName(runtimeDir: string): string {
  return `c2l-${createHash('sha256').update(runtimeDir).digest('hex').slice(0, GROUP_HASH_CHARACTERS)}`;
}

/** For a relay that runs its proxies in something else by now; returns whether nothing is left. */
export async function sweepAfterProcesses(options: {
  runtimeDir: string;
  log: Pick<Logger, 'warn'>;
}): Promise<boolean> {
  const runtimeDir = await realpath(options.runtimeDir);
  await Promise.all((await orphansIn(join(runtimeDir, WORKING_FOLDER))).map(endProcess));
  // What it can hold processes to is of no interest here.
  const log = { info: () => undefined, warn: () => undefined };
  const confinement = await openConfinement({ kinds: undefined, name: groupName(runtimeDir), log });
  await confinement.sweep();
  await confinement.close();
  return (await removeOldPrograms(runtimeDir, undefined, options.log)) === 0;
}

interface ProcessDriverParts {
  confinement: Confinement;
  folder: string;
  log: ProcessDriverOptions['log'];
  program: string;
  runtimeDir: string;
  pool: WorkerPool<WorkerProcess>;
}

class ProcessDriver implements ProxyDriver {
  readonly name = 'process';
  readonly #parts: ProcessDriverParts;
  readonly #workers = new Set<WorkerProcess>();
  readonly #creating = new Set<Promise<unknown>>();
  #closed = false;

  constructor(parts: ProcessDriverParts) {
    this.#parts = parts;
  }

  async create(spec: WorkerSpec): Promise<ProxyWorker> {
    const creating = this.#create(spec);
    this.#creating.add(creating);
    try {
      return await creating;
    } finally {
      this.#creating.delete(creating);
      if (this.#creating.size === 0) this.#parts.pool.refill();
    }
  }

  async #create(spec: WorkerSpec): Promise<WorkerProcess> {
    for (let attempt = 1; ; attempt++) {
      this.#refuseWhenClosed();
      const worker = await this.#parts.pool.take();
      try {
        await worker.assign(spec);
        this.#refuseWhenClosed();
      } catch (cause) {
        await worker.destroy();
        if (attempt < CREATE_ATTEMPTS && !this.#closed) continue;
        throw new Error(`Cannot create a proxy's process: it can't be put under its limits`, { cause });
      }
      this.#workers.add(worker);
      void worker.ended.then(() => this.#workers.delete(worker));
      return worker;
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new Error("Cannot create a proxy's process: the relay is stopping");
  }

  async sweep(): Promise<number> {
    const { confinement, folder, log, program, runtimeDir } = this.#parts;
    const expired = [...this.#workers].filter(({ spec }) => spec !== undefined && spec.expires.getTime() <= Date.now());
    await Promise.all(expired.map((worker) => worker.destroy()));
    const orphans = await orphansIn(folder);
    await Promise.all(orphans.map(endProcess));
    await removeOldPrograms(runtimeDir, program, log);
    return expired.length + orphans.length + (await confinement.sweep());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#creating);
    await Promise.all([
      this.#parts.pool[Symbol.asyncDispose](),
      ...[...this.#workers].map((worker) => worker.destroy()),
    ]);
    await this.#parts.confinement.close();
  }
}
