import type { ProxyStatus } from '@cloudtolocalllm/protocol';
import type { WorkerFigures } from '@cloudtolocalllm/protocol/worker';
import type { WorkerUsage } from './drivers/proxy-driver.ts';

export type ProxyMetrics = ProxyStatus['metrics'];
export type ProxyResources = ProxyStatus['resources'];

export const NO_FIGURES: WorkerFigures = {
  requests: 0,
  errors: 0,
  running: 0,
  bytesIn: 0,
  bytesOut: 0,
  answered: 0,
  waitedMs: 0,
  tokens: 0,
};
const MEGABYTE = 1024 ** 2;

/** What a proxy's worker has measured, and what was refused before it came there, as people read it. */
export function toMetrics(figures: WorkerFigures, refused: number): ProxyMetrics {
  const requests = figures.requests + refused;
  const { answered, waitedMs, bytesIn, bytesOut, tokens, running } = figures;
  return {
    requests,
    bytesTransferred: bytesIn + bytesOut,
    avgResponseTime: answered === 0 ? 0 : Math.round(waitedMs / answered),
    errorRate: requests === 0 ? 0 : Math.round(((figures.errors + refused) / requests) * 10_000) / 10_000,
    tokens,
    running,
  };
}

/** At its end nothing runs any more: what did has broken off; some of it may have been an error already. */
export function finalFigures(figures: WorkerFigures): WorkerFigures {
  const { requests, errors, running } = figures;
  return { ...figures, errors: Math.min(requests, errors + running), running: 0 };
}

/** Turns what the system has counted of a process into what it uses now. */
export class UsageMeter {
  #memoryBytes = 0;
  #cpuShare = 0;
  #last: { cpuSeconds: number; at: number } | undefined;

  /** Milliseconds since 1970; undefined before the first look. */
  get measuredAt(): number | undefined {
    return this.#last?.at;
  }

  /** `at`: milliseconds since 1970, later than the last time. */
  add({ memoryBytes, cpuSeconds }: WorkerUsage, at: number): void {
    this.#memoryBytes = memoryBytes;
    const last = this.#last ?? { cpuSeconds: 0, at };
    if (at > last.at) this.#cpuShare = Math.max(0, cpuSeconds - last.cpuSeconds) / ((at - last.at) / 1000);
    this.#last = { cpuSeconds, at };
  }

  get resources(): ProxyResources {
    return {
      memoryUsage: `${Math.ceil(this.#memoryBytes / MEGABYTE)}MB`,
      cpuUsage: `${Math.round(this.#cpuShare * 100)}%`,
    };
  }
}
