/** What a proxy's process lets through; absent = no limit. */
export interface WorkerLimits {
  /** Paths of the engine's API; one that ends in `*` stands for all that begin so. */
  paths?: readonly string[];
  maxRequests?: number;
  maxConcurrent?: number;
  maxTokens?: number;
}

/** What a proxy's process has measured since it was configured. */
export interface WorkerFigures {
  requests: number;
  /** Refused, broken off, or answered with 400 and above. */
  errors: number;
  /** Being answered now. */
  running: number;
  /** Of bodies. */
  bytesIn: number;
  bytesOut: number;
  /** Answers that have a head, and the milliseconds until they had it, summed. */
  answered: number;
  waitedMs: number;
  tokens: number;
}

/** First byte of a message between relay and worker that is neither FRAMES nor ACK of the link: JSON follows. */
export const CONTROL_MESSAGE = 0x20;

/** Relay -> worker. */
export interface Configure {
  type: 'configure';
  limits: WorkerLimits;
  /** Milliseconds between figures, while they change. */
  figuresEveryMs: number;
}

/** Worker -> relay: it listens to both sides, and then what it has measured. */
export type WorkerReport = { type: 'ready'; version: number } | { type: 'figures'; figures: WorkerFigures };

/** Of this conversation; an image that was built of other sources is noticed. */
export const WORKER_VERSION = 1;
