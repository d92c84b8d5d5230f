import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';
import type { WorkerSpec, WorkerUsage } from './proxy-driver.ts';

/** How processes are held to their shares, best first. */
export const CONFINEMENT_KINDS = ['cgroup-v2', 'cgroup-v1', 'rlimit'] as const;
export type ConfinementKind = (typeof CONFINEMENT_KINDS)[number];

/** The place of one process: from its first millisecond, so that all of its memory is counted. */
export interface Confined {
  /** Puts limits on it, and the proxy's id where an operator can see it. */
  limit(spec: WorkerSpec): Promise<void>;
  /** Undefined when it is gone. */
  usage(): Promise<WorkerUsage | undefined>;
  /** Whether the system ended it because it wanted more memory than it may have. Before `release`. */
  ranOutOfMemory(): Promise<boolean>;
  /** Once its process is gone: removes what was made for it. */
  release(): Promise<void>;
}

/** Holds processes to their shares. */
export interface Confinement {
  readonly enforcement: ProxyEnforcement;
  admit(pid: number): Promise<Confined>;
  /** Removes places without processes that nobody of this confinement uses; returns how many. */
  sweep(): Promise<number>;
  /** Removes what all of them share, once they are gone. */
  close(): Promise<void>;
}

/** The kind can't be had here; the message says why, for the operator. */
export class ConfinementUnavailable extends Error {
  override readonly name = 'ConfinementUnavailable';
}
