import { availableParallelism, loadavg } from 'node:os';
import type { StatusUpdate } from '@cloudtolocalllm/protocol';
import { probeOllama, type EngineReport } from './ollama.ts';
import { PROBE_TIMEOUT_MS } from './probe-engine.ts';

type Report = StatusUpdate['payload'];

/** All in milliseconds. */
export interface EngineWatchTimings {
  /** Between looks at an engine that answers, and at one that does not. */
  pollUpMs: number;
  pollDownMs: number;
  /** The load changes all the time; it is told this often, anything else at once. */
  tellLoadMs: number;
  timeoutMs: number;
}

const TIMINGS: EngineWatchTimings = {
  pollUpMs: 10_000,
  pollDownMs: 2_000,
  tellLoadMs: 30_000,
  timeoutMs: PROBE_TIMEOUT_MS,
};

/** Keeps an eye on the engine and tells every change: down, up, other models. */
export class EngineWatch implements Disposable {
  readonly #engine: URL;
  readonly #timings: EngineWatchTimings;
  readonly #changed: (report: Report) => void;
  #timer: NodeJS.Timeout | undefined;
  #last: EngineReport | undefined;
  #told = '';
  #toldAt = 0;
  #probing: Promise<void> | undefined;
  #disposed = false;

  constructor(engine: URL, changed: (report: Report) => void, timings: Partial<EngineWatchTimings> = {}) {
    this.#engine = engine;
    this.#timings = { ...TIMINGS, ...timings };
    this.#changed = changed;
  }

  /** The last look, for a fresh connection. */
  get report(): Report {
    return {
      ollamaStatus: this.#last ? 'connected' : 'disconnected',
      models: [...(this.#last?.models ?? [])],
      systemLoad: Number(((loadavg()[0] ?? 0) / availableParallelism()).toFixed(2)),
      ...(this.#last && { engine: this.#last.engine }),
    };
  }

  /** Looks now: at the start, and when a request found the engine gone. Looks at the same time are one. */
  look(): Promise<void> {
    return (this.#probing ??= this.#probe().finally(() => (this.#probing = undefined)));
  }

  /** Looks once more than it is looking already: what the engine has was changed just now. */
  async lookAgain(): Promise<void> {
    await this.#probing;
    await this.look();
  }

  async #probe(): Promise<void> {
    clearTimeout(this.#timer);
    const { pollUpMs, pollDownMs, tellLoadMs, timeoutMs } = this.#timings;
    this.#last = await probeOllama(this.#engine, timeoutMs);
    if (this.#disposed) return;
    const told = JSON.stringify(this.#last ?? null);
    if (told !== this.#told || performance.now() - this.#toldAt >= tellLoadMs) {
      this.#told = told;
      this.#toldAt = performance.now();
      this.#changed(this.report);
    }
    this.#timer = setTimeout(() => void this.look(), this.#last ? pollUpMs : pollDownMs).unref();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
