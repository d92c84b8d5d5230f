import { duplexPair, type Duplex } from 'node:stream';
import {
  CONTROL_MESSAGE,
  encodeControl,
  StreamMessages,
  WORKER_VERSION,
  writeStreamMessage,
  type Configure,
  type WorkerFigures,
  type WorkerReport,
} from '@cloudtolocalllm/protocol/worker';
import type { ProxyDriver, ProxyWorker, WorkerEnd, WorkerSpec, WorkerUsage } from './drivers/proxy-driver.ts';
import { NO_FIGURES } from './proxy-figures.ts';

/**
 * A worker without a process: what comes from one side goes to the other, acknowledgements included. It holds nothing
 * to any limit; what it measures, and how it dies, a test says.
 */
export class TestWorker implements ProxyWorker {
  readonly enforcement = { memory: 'none', cpu: 'none' } as const;
  readonly spec: WorkerSpec;
  readonly clientSide: Duplex;
  readonly bridgeSide: Duplex;
  readonly ended: Promise<WorkerEnd>;
  /** What it was configured with. */
  readonly configured: Promise<Configure>;
  used: WorkerUsage = { memoryBytes: 48 * 1024 ** 2, cpuSeconds: 0 };
  isDestroyed = false;
  readonly #clients: Duplex;
  readonly #bridge: Duplex;
  readonly #end = Promise.withResolvers<WorkerEnd>();

  constructor(spec: WorkerSpec) {
    this.spec = spec;
    [this.clientSide, this.#clients] = duplexPair();
    [this.bridgeSide, this.#bridge] = duplexPair();
    this.ended = this.#end.promise;
    const { promise, resolve } = Promise.withResolvers<Configure>();
    this.configured = promise;
    const fromClients = new StreamMessages({
      message: (bytes, start, end) => {
        if (bytes[start] !== CONTROL_MESSAGE) return writeStreamMessage(this.#bridge, copy(bytes, start, end));
        // as: nothing else is sent by a relay
        resolve(JSON.parse(bytes.toString('utf8', start + 1, end)) as Configure);
        this.#say({ type: 'ready', version: WORKER_VERSION });
        return undefined;
      },
    });
    const fromBridge = new StreamMessages({
      message: (bytes, start, end) => writeStreamMessage(this.#clients, copy(bytes, start, end)),
    });
    this.#clients.on('data', (chunk: Buffer) => fromClients.push(chunk)).on('error', () => {});
    this.#bridge.on('data', (chunk: Buffer) => fromBridge.push(chunk)).on('error', () => {});
  }

  /** Reports these figures. */
  measured(figures: Partial<WorkerFigures>): void {
    this.#say({ type: 'figures', figures: { ...NO_FIGURES, ...figures } });
  }

  /** Its process is gone. */
  die(end: WorkerEnd): void {
    this.#end.resolve(end);
    for (const stream of [this.clientSide, this.#clients, this.bridgeSide, this.#bridge]) stream.destroy();
  }

  /** Neither reads nor writes any more, and lives. */
  hang(): void {
    for (const stream of [this.#clients, this.#bridge]) stream.pause();
  }

  /** Sends what no worker sends. */
  babble(): void {
    writeStreamMessage(this.#clients, encodeControl(CONTROL_MESSAGE, { type: 'nonsense' }));
  }

  async usage(): Promise<WorkerUsage | undefined> {
    return this.isDestroyed ? undefined : this.used;
  }

  async destroy(): Promise<void> {
    this.isDestroyed = true;
    this.die({ cause: 'destroyed', detail: 'It was destroyed.' });
  }

  #say(report: WorkerReport): void {
    if (this.#clients.writable) writeStreamMessage(this.#clients, encodeControl(CONTROL_MESSAGE, report));
  }
}

function copy(bytes: Buffer, start: number, end: number): Buffer {
  return Buffer.from(bytes.subarray(start, end));
}

/** Makes such workers, and keeps them. */
export class TestDriver implements ProxyDriver {
  readonly name = 'process';
  readonly workers: TestWorker[] = [];
  sweeps = 0;
  /** Awaited before a worker is made: may hold it back, or throw. */
  before: () => Promise<void> = async () => {};

  async create(spec: WorkerSpec): Promise<TestWorker> {
    await this.before();
    const worker = new TestWorker(spec);
    this.workers.push(worker);
    return worker;
  }

  /** Of workers that nobody has destroyed. */
  get alive(): number {
    return this.workers.filter(({ isDestroyed }) => !isDestroyed).length;
  }

  async sweep(): Promise<number> {
    this.sweeps++;
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.destroy()));
  }
}
