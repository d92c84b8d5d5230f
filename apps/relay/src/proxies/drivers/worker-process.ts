import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Confined, Confinement } from './confinement.ts';
import { RELAY_PID_VARIABLE } from './process-files.ts';
import type { ProxyWorker, WorkerEnd, WorkerSpec, WorkerUsage } from './proxy-driver.ts';
import { workerEnd } from './worker-end.ts';

/** Of its standard error, the end: enough for the words of a crash. */
const STDERR_TAIL_CHARACTERS = 8_192;
/** What a process wrote before it ended is there at once. */
const STDERR_DRAIN_MS = 250;
/** A busy machine starts many at once. */
const READY_MS = 15_000;

/**
 * Little memory, full speed: a worker's own objects are few, and what it forwards lives outside of the heap. A heap that
 * grows to the limit dies with words that say so.
 */
export const NODE_FLAGS = ['--max-old-space-size=96', '--max-semi-space-size=1', '--v8-pool-size=0'];

/** It reads its own program and no other file, and starts nothing: what it handles was written by strangers. */
function confinedTo(folder: string): string[] {
  return ['--permission', `--allow-fs-read=${folder}`, '--disallow-code-generation-from-strings'];
}

export interface WorkerProcessOptions {
  /** The program's entry: JavaScript. */
  program: string;
  /** Its working folder: empty, and by which a later relay knows it. */
  folder: string;
  confinement: Confinement;
}

/** One process of the worker's program, in its place from the beginning; under limits once it has a proxy. */
export class WorkerProcess implements ProxyWorker {
  readonly pid: number;
  readonly clientSide: Duplex;
  readonly bridgeSide: Duplex;
  readonly ended: Promise<WorkerEnd>;
  readonly #child: ChildProcess;
  readonly #confinement: Confinement;
  readonly #place: Promise<Confined>;
  readonly #exited: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  #spec: WorkerSpec | undefined;
  #stderr = '';
  #destroyed = false;
  #gone = false;

  private constructor(child: ChildProcess, pid: number, confinement: Confinement) {
    this.#child = child;
    this.pid = pid;
    this.#confinement = confinement;
    // as: they are 'pipe' below; Node's are sockets
    [this.clientSide, this.bridgeSide] = [child.stdio[3] as Duplex, child.stdio[4] as Duplex];
    // A process that dies breaks its streams: told by `ended`, to whoever listens there.
    for (const stream of [this.clientSide, this.bridgeSide]) stream.on('error', () => undefined);
    const stderr = child.stderr!.setEncoding('utf8'); // it is a pipe
    stderr.on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    this.#exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
    // It is there, so this is a signal that came too late.
    child.on('error', () => undefined);
    this.#place = confinement.admit(pid);
    this.#place.catch(() => undefined);
    this.ended = this.#end(stderr);
  }

  /**
   * Starts one and waits until it is ready.
   * @throws Error when the process can't be started, can't be put in its place, or ends before it is ready.
   */
  static async start({ program, folder, confinement }: WorkerProcessOptions): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [...NODE_FLAGS, ...confinedTo(dirname(program)), program], {
      cwd: folder,
      env: { [RELAY_PID_VARIABLE]: String(process.pid) },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    });
    if (child.pid === undefined) {
      const [error] = await once(child, 'error');
      throw new Error("Cannot start a proxy's process: the system has none to give", { cause: error });
    }
    const worker = new WorkerProcess(child, child.pid, confinement);
    try {
      await worker.#place.catch((cause: unknown) => {
        throw new Error("Cannot start a proxy's process: it can't be put into its group", { cause });
      });
      await worker.#becomeReady();
      return worker;
    } catch (error) {
      await worker.destroy();
      throw error;
    }
  }

  get enforcement(): ProxyWorker['enforcement'] {
    return this.#confinement.enforcement;
  }

  /** True from the moment when its process has ended. */
  get gone(): boolean {
    return this.#gone;
  }

  get spec(): WorkerSpec | undefined {
    return this.#spec;
  }

  /** @throws Error when its limits can't be set: then it may not be used. */
  async assign(spec: WorkerSpec): Promise<void> {
    this.#spec = spec;
    await (await this.#place).limit(spec);
  }

  async usage(): Promise<WorkerUsage | undefined> {
    return this.#gone ? undefined : await (await this.#place).usage();
  }

  async destroy(): Promise<void> {
    if (!this.#gone) {
      this.#destroyed = true;
      this.#child.kill('SIGKILL');
    }
    await this.ended;
  }

  /** The first thing that it says is that it is: it stays in the stream, for whoever reads that. */
  async #becomeReady(): Promise<void> {
    const waiting = new AbortController();
    const { signal } = waiting;
    try {
      const first = await Promise.race([
        once(this.clientSide, 'readable', { signal }).then(
          () => 'said',
          () => 'ended',
        ),
        this.#exited.then(() => 'ended'),
        sleep(READY_MS, 'late', { signal }),
      ]);
      if (first === 'late') throw new Error(`Cannot start a proxy's process: it was not ready in ${READY_MS / 1000} s`);
      // The end of the stream is "readable" too.
      if (first === 'ended' || this.clientSide.readableLength === 0) {
        // Of no use without its streams; one that is ending by itself keeps its exit code.
        this.#child.kill('SIGKILL');
        const { detail } = await this.ended;
        throw new Error(`Cannot start a proxy's process. ${detail}`);
      }
    } finally {
      waiting.abort();
    }
  }

  async #end(stderr: Readable): Promise<WorkerEnd> {
    const [code, signal] = await this.#exited;
    this.#gone = true;
    if (!stderr.readableEnded && !stderr.destroyed) {
      const drained = new AbortController();
      const ended = Promise.race([
        once(stderr, 'close', { signal: drained.signal }),
        sleep(STDERR_DRAIN_MS, undefined, { signal: drained.signal }),
      ]);
      await ended.catch(() => undefined);
      drained.abort();
    }
    for (const stream of [stderr, this.clientSide, this.bridgeSide]) stream.destroy();
    const place = await this.#place.catch(() => undefined);
    const ranOutOfMemory = (await place?.ranOutOfMemory()) ?? false;
    await place?.release();
    return workerEnd({
      code,
      signal,
      stderr: this.#stderr,
      destroyed: this.#destroyed,
      ranOutOfMemory,
      memoryBytes: this.#spec?.memoryBytes,
      memory: this.enforcement.memory,
    });
  }
}
