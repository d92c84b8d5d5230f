import { once } from 'node:events';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DockerApi } from './docker-api.ts';
import { containerConfiguration } from './docker-container.ts';
import { removeWorker } from './docker-removal.ts';
import type { WorkerSockets } from './docker-sockets.ts';
import { type ContainerGroups, containerGroups } from './docker-usage.ts';
import type { ProxyWorker, WorkerEnd, WorkerSpec, WorkerUsage } from './proxy-driver.ts';
import { lastWords, workerEnd } from './worker-end.ts';

const READY_MS = 30_000;
/** That a container was ended for want of memory Docker may hear a moment after that it has ended. */
const EVENT_ATTEMPTS = 3;
const EVENT_RETRY_MS = 100;
/** Exit codes from here on are signals. */
const SIGNAL_EXIT_CODE = 128;

export interface DockerWorkerOptions {
  api: DockerApi;
  /** Id of the image. */
  image: string;
  /** Of the container. */
  name: string;
  labels: Record<string, string>;
  sockets: WorkerSockets;
  enforcement: ProxyWorker['enforcement'];
  log: Pick<Logger, 'warn'>;
}

/** A worker in a container that has no network, no rights and nothing to write to but its two sockets. */
export class DockerWorker implements ProxyWorker {
  readonly containerId: string;
  readonly enforcement: ProxyWorker['enforcement'];
  readonly clientSide: Duplex;
  readonly bridgeSide: Duplex;
  readonly ended: Promise<WorkerEnd>;
  readonly #options: DockerWorkerOptions;
  readonly #waiting = new AbortController();
  /** Undefined where only Docker can say what it uses. */
  #groups: ContainerGroups | undefined;
  #spec: WorkerSpec | undefined;
  readonly #started = new Date();
  #ranOutOfMemory = false;
  #destroyed = false;
  #gone = false;

  private constructor(options: DockerWorkerOptions, containerId: string, [clientSide, bridgeSide]: [Duplex, Duplex]) {
    this.#options = options;
    this.containerId = containerId;
    this.enforcement = options.enforcement;
    this.clientSide = clientSide;
    this.bridgeSide = bridgeSide;
    this.ended = this.#end();
    for (const stream of [clientSide, bridgeSide]) stream.once('close', () => this.#lookAtMemory());
  }

  /**
   * Starts one and waits until it is ready.
   * @throws Error when Docker can't start it, or it ends or stays silent before it is ready. Nothing is left of it then.
   */
  static async start(options: DockerWorkerOptions): Promise<DockerWorker> {
    const { api, sockets } = options;
    let id: string | undefined;
    let worker: DockerWorker | undefined;
    try {
      id = await api.createContainer(options.name, containerConfiguration(options));
      await api.startContainer(id);
      worker = new DockerWorker(options, id, await connectionsOf(options, id));
      await Promise.all([worker.#becomeReady(), worker.#findGroups()]);
      return worker;
    } catch (error) {
      if (worker !== undefined) await worker.destroy();
      else if (id !== undefined) await removeWorker(id, options);
      await sockets[Symbol.asyncDispose]();
      throw error;
    }
  }

  get gone(): boolean {
    return this.#gone;
  }

  get spec(): WorkerSpec | undefined {
    return this.#spec;
  }

  /** @throws Error when its limits can't be set: then it may not be used. */
  async assign(spec: WorkerSpec, name: string): Promise<void> {
    this.#spec = spec;
    const { api } = this.#options;
    await api.limitContainer(this.containerId, spec);
    // So that whoever looks at Docker's list knows it.
    await api.renameContainer(this.containerId, name);
  }

  async usage(): Promise<WorkerUsage | undefined> {
    if (this.#gone) return undefined;
    return await (this.#groups?.usage() ?? this.#options.api.usageOf(this.containerId));
  }

  async destroy(): Promise<void> {
    if (!this.#gone) {
      this.#destroyed = true;
      this.clientSide.destroy();
      this.bridgeSide.destroy();
      await removeWorker(this.containerId, this.#options);
      this.#waiting.abort();
    }
    await this.ended;
  }

  async #findGroups(): Promise<void> {
    const pid = await this.#options.api.pidOf(this.containerId);
    this.#groups = pid === undefined ? undefined : await containerGroups(this.containerId, pid);
  }

  /** When its streams close, its process has just ended, or is being ended. */
  #lookAtMemory(): void {
    this.#ranOutOfMemory ||= this.#groups?.ranOutOfMemory() === true;
  }

  /** The first thing that it says is that it is: it stays in the stream, for whoever reads that. */
  async #becomeReady(): Promise<void> {
    const waiting = new AbortController();
    const { signal } = waiting;
    try {
      const first = await Promise.race([
        once(this.clientSide, 'readable', { signal }),
        this.ended.then(({ detail }) => new Error(`Cannot start a proxy's container. ${detail}`)),
        sleep(READY_MS, new Error(`Cannot start a proxy's container: it was not ready in ${READY_MS / 1000} s`), {
          signal,
        }),
      ]);
      if (first instanceof Error) throw first;
      // The end of the stream is "readable" too.
      if (this.clientSide.readableLength === 0) {
        throw new Error(`Cannot start a proxy's container. ${(await this.ended).detail}`);
      }
    } finally {
      waiting.abort();
    }
  }

  async #end(): Promise<WorkerEnd> {
    const { api, sockets } = this.#options;
    const failure = await api.waitForContainer(this.containerId, this.#waiting.signal).catch((error: unknown) => error);
    this.#gone = true;
    this.clientSide.destroy();
    this.bridgeSide.destroy();
    const end = await this.#howItEnded(failure);
    if (!this.#destroyed) await removeWorker(this.containerId, this.#options);
    await sockets[Symbol.asyncDispose]();
    return end;
  }

  async #howItEnded(failure: unknown): Promise<WorkerEnd> {
    const { api } = this.#options;
    const exited = {
      code: null,
      signal: null,
      stderr: '',
      destroyed: this.#destroyed,
      ranOutOfMemory: false,
      memoryBytes: this.#spec?.memoryBytes,
      memory: this.enforcement.memory,
    };
    if (this.#destroyed) return workerEnd(exited);
    try {
      const exit = await api.exitOf(this.containerId);
      if (exit === undefined) return { cause: 'killed', detail: 'Its container was removed by somebody else' };
      if (exit.error !== '') return { cause: 'failed', detail: `Its container ended: ${exit.error}` };
      const { code, signal } = codeOrSignal(exit.exitCode);
      const stderr = await api.errorsOf(this.containerId);
      const isKnown = this.#ranOutOfMemory || exit.outOfMemory;
      const ranOutOfMemory = isKnown || (signal === 'SIGKILL' && (await this.#wasOutOfMemory()));
      return workerEnd({ ...exited, code, signal, stderr, ranOutOfMemory });
    } catch (error) {
      const words = [failure, error].find((each) => each instanceof Error)?.message ?? 'Docker is silent';
      return { cause: 'failed', detail: `How its container ended is not known: ${words}` };
    }
  }

  async #wasOutOfMemory(): Promise<boolean> {
    for (let left = EVENT_ATTEMPTS; left > 0; left--) {
      await sleep(EVENT_RETRY_MS);
      if (await this.#options.api.wasOutOfMemory(this.containerId, this.#started)) return true;
    }
    return false;
  }
}

/** Resolves when the worker has come to both sockets. */
async function connectionsOf({ api, sockets }: DockerWorkerOptions, id: string): Promise<[Duplex, Duplex]> {
  const waiting = new AbortController();
  try {
    const first = await Promise.race([
      sockets.connected,
      api.waitForContainer(id, waiting.signal).then(() => 'ended' as const),
      sleep(READY_MS, 'late' as const, { signal: waiting.signal }),
    ]);
    if (typeof first !== 'string') return first;
    const words = lastWords(await api.errorsOf(id));
    const said = words === '' ? '' : `: ${words}`;
    if (first === 'ended') throw new Error(`Cannot start a proxy's container: it ended at once${said}`);
    throw new Error(
      `Cannot start a proxy's container: it did not connect to ${sockets.folder} in ${READY_MS / 1000} s. ` +
        `Docker has to run on the relay's machine and to see its folders under the same paths${said}`,
    );
  } finally {
    waiting.abort();
  }
}

function codeOrSignal(exitCode: number): { code: number | null; signal: NodeJS.Signals | null } {
  // as: the names of os.constants.signals are those
  const signals = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  const [signal] = signals.find(([, number]) => number === exitCode - SIGNAL_EXIT_CODE) ?? [];
  return signal === undefined ? { code: exitCode, signal: null } : { code: null, signal };
}
