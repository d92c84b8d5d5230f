import type { Duplex } from 'node:stream';
import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';

/** What a worker is made for. */
export interface WorkerSpec {
  proxyId: string;
  /** Of the whole process. */
  memoryBytes: number;
  /** Cores, such as 0.5. */
  cpus: number;
  /** When it ends in any case: for those who sweep after a relay that was killed. */
  expires: Date;
}

/** Resources of a worker, as the system measures them. */
export interface WorkerUsage {
  memoryBytes: number;
  /** Since it began. */
  cpuSeconds: number;
}

/** How a worker's process ended, and in words why: with its exit code or signal. */
export interface WorkerEnd {
  cause: 'destroyed' | 'out_of_memory' | 'killed' | 'failed';
  detail: string;
}

/** One proxy's process, wherever it runs, with a stream to each side of it. */
export interface ProxyWorker {
  /** What really holds it to its share. */
  readonly enforcement: ProxyEnforcement;
  /** Carries exchanges from the relay's edge, and the messages of `packages/protocol/src/worker/control.ts`. */
  readonly clientSide: Duplex;
  /** Carries exchanges on to the relay's link. */
  readonly bridgeSide: Duplex;
  /** Resolves once it is gone with all it had; never rejects. */
  readonly ended: Promise<WorkerEnd>;
  /** Undefined when it is gone. */
  usage(): Promise<WorkerUsage | undefined>;
  /** Ends it at once; resolves when nothing of it is left. Any number of times. */
  destroy(): Promise<void>;
}

/**
 * Makes workers. All drivers pass one suite, `driver-contract.ts`. Disposing ends all of its workers and its pool.
 * A worker whose relay dies ends by itself: its streams close.
 */
export interface ProxyDriver extends AsyncDisposable {
  readonly name: 'process' | 'docker';
  /** @throws Error when none can be made: the machine is out of something, the image is missing. */
  create(spec: WorkerSpec): Promise<ProxyWorker>;
  /** Removes what earlier relays of the same data folder left behind, and what has outlived its expiry; returns how many. */
  sweep(): Promise<number>;
}
