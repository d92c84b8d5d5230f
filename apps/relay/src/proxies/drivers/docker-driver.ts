import { chmod, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';
import type { Logger } from 'pino';
import { DockerApi } from './docker-api.ts';
import { ensureProxyImage, type ProxyImageOptions } from './docker-image.ts';
import { DockerError } from './docker-request.ts';
import { BRIDGE_SOCKET, CLIENT_SOCKET, MAX_SOCKET_PATH_BYTES, WorkerSockets } from './docker-sockets.ts';
import { DATA_LABEL, dataHashOf, sweepContainers, WORKER_LABEL } from './docker-sweep.ts';
import { DockerWorker } from './docker-worker.ts';
import { processStart } from './process-files.ts';
import type { ProxyDriver, ProxyWorker, WorkerSpec } from './proxy-driver.ts';
import { WorkerPool } from './worker-pool.ts';

/** One that died while it waited, and one more mishap. */
const CREATE_ATTEMPTS = 3;

export interface DockerDriverOptions extends Pick<ProxyImageOptions, 'image' | 'program'> {
  /** Of Docker. */
  socketPath: string;
  /** A folder of this relay's own; it is made when it is not there. By it a relay knows what it left behind. */
  runtimeDir: string;
  /** How many containers wait, ready, for proxies to be made. */
  poolSize?: number;
  log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Runs each proxy in a container of its own. Makes their image when it is missing.
 * @throws Error when Docker does not answer, the image can't be made, or the folder's path is too long for a socket.
 */
export async function dockerDriver(options: DockerDriverOptions): Promise<ProxyDriver> {
  const { log, socketPath } = options;
  if (process.platform !== 'linux') {
    throw new Error('Cannot run proxies in Docker: that takes Linux, where relay and containers share Unix sockets');
  }
  const runtimeDir = await privateFolder(options.runtimeDir);
  const instance = `${process.pid}-${await processStart(process.pid)}`;
  const socketPaths = [CLIENT_SOCKET, BRIDGE_SOCKET].map((name) => join(runtimeDir, `${instance}-000000`, name));
  const tooLong = socketPaths.find((path) => Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES);
  if (tooLong !== undefined) {
    throw new Error(
      `Cannot run proxies in Docker: ${tooLong} is too long for a Unix socket (${MAX_SOCKET_PATH_BYTES} bytes). ` +
        'Choose a DATA_DIR with a shorter path',
    );
  }
  const api = await DockerApi.connect(socketPath);
  const [abilities, imageId] = await Promise.all([api.abilities(), ensureProxyImage({ ...options, api })]);
  const enforcement: ProxyEnforcement = {
    memory: abilities.memory ? 'docker' : 'none',
    cpu: abilities.cpu ? 'docker' : 'none',
  };
  if (!abilities.memory || !abilities.cpu) {
    log.warn({ enforcement }, 'Docker does not hold proxies to their shares: its own cgroups lack that');
  }
  log.info({ enforcement }, 'Proxies run in containers');
  return new DockerDriver({ ...options, api, imageId, runtimeDir, instance, enforcement });
}

/** Whoever can't pass it can't come to the sockets in it. */
async function privateFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o700);
  return await realpath(path);
}

interface DockerDriverParts extends Omit<DockerDriverOptions, 'socketPath'> {
  api: DockerApi;
  imageId: string;
  /** Of this relay: no other process has it, at no time. */
  instance: string;
  enforcement: ProxyEnforcement;
}

class DockerDriver implements ProxyDriver {
  readonly name = 'docker';
  readonly #parts: DockerDriverParts;
  readonly #pool: WorkerPool<DockerWorker>;
  /** Those that have a proxy. */
  readonly #workers = new Set<DockerWorker>();
  /** Names of all that begin or are there. */
  readonly #names = new Set<string>();
  readonly #creating = new Set<Promise<unknown>>();
  readonly #dataHash: string;
  #imageId: string;
  #count = 0;
  #closed = false;

  constructor(parts: DockerDriverParts) {
    this.#parts = parts;
    this.#imageId = parts.imageId;
    this.#dataHash = dataHashOf(parts.runtimeDir);
    this.#pool = new WorkerPool({ size: parts.poolSize ?? 0, start: () => this.#start(), log: parts.log });
  }

  async create(spec: WorkerSpec): Promise<ProxyWorker> {
    const creating = this.#create(spec);
    this.#creating.add(creating);
    try {
      return await creating;
    } finally {
      this.#creating.delete(creating);
      if (this.#creating.size === 0) this.#pool.refill();
    }
  }

  async #create(spec: WorkerSpec): Promise<DockerWorker> {
    for (let attempt = 1; ; attempt++) {
      this.#refuseWhenClosed();
      const worker = await this.#pool.take();
      try {
        await worker.assign(spec, this.#containerName(spec.proxyId));
        this.#refuseWhenClosed();
      } catch (cause) {
        const { gone } = worker;
        await worker.destroy();
        if (gone && attempt < CREATE_ATTEMPTS && !this.#closed) continue;
        const words = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`Cannot create a proxy's container: it can't be put under its limits. ${words}`, { cause });
      }
      this.#workers.add(worker);
      void worker.ended.then(() => this.#workers.delete(worker));
      return worker;
    }
  }

  async #start(): Promise<DockerWorker> {
    const imageId = this.#imageId;
    try {
      return await this.#startOf(imageId);
    } catch (error) {
      if (!(error instanceof DockerError) || error.status !== 404 || this.#closed) throw error;
      // The image is gone: another relay put its own in its place, or somebody cleared up.
      if (this.#imageId === imageId) this.#imageId = await ensureProxyImage(this.#parts);
      return await this.#startOf(this.#imageId);
    }
  }

  async #startOf(image: string): Promise<DockerWorker> {
    const { api, enforcement, log, instance, runtimeDir } = this.#parts;
    const name = `${instance}-${++this.#count}`;
    this.#names.add(name);
    try {
      const sockets = await WorkerSockets.open(join(runtimeDir, name));
      const labels = { [DATA_LABEL]: this.#dataHash, [WORKER_LABEL]: name };
      const containerName = this.#containerName(name);
      const options = { api, image, name: containerName, labels, sockets, enforcement, log };
      const worker = await DockerWorker.start(options);
      void worker.ended.then(() => this.#names.delete(name));
      return worker;
    } catch (error) {
      this.#names.delete(name);
      throw error;
    }
  }

  #containerName(name: string): string {
    return `cloudtolocalllm-${this.#dataHash}-${name}`;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new Error("Cannot create a proxy's container: the relay is stopping");
  }

  async sweep(): Promise<number> {
    const expired = [...this.#workers].filter(({ spec }) => spec !== undefined && spec.expires.getTime() <= Date.now());
    await Promise.all(expired.map((worker) => worker.destroy()));
    const { removed } = await sweepContainers({
      ...this.#parts,
      isInUse: (name) => (name.startsWith(`${this.#parts.instance}-`) ? this.#names.has(name) : undefined),
    });
    return expired.length + removed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#creating);
    await Promise.all([this.#pool[Symbol.asyncDispose](), ...[...this.#workers].map((worker) => worker.destroy())]);
  }
}
