import { availableParallelism, loadavg } from 'node:os';
import type { StatusUpdate } from '@cloudtolocalllm/protocol';
import { probeOllama, type EngineReport } from './ollama.ts';

type Report = StatusUpdate['payload'];

const POLL_UP_MS = 10_000;
const POLL_DOWN_MS = 2_000;
/** The load changes all the time; it is told this often, anything else at once. */
const TELL_LOAD_MS = 30_000;

/** Keeps an eye on the engine and tells every change: down, up, other models. */
export class EngineWatch implements Disposable {
  readonly #engine: URL;
  readonly #changed: (report: Report) => void;
  #timer: NodeJS.Timeout | undefined;
  #last: EngineReport | undefined;
  #told = '';
  #toldAt = 0;
  #probing: Promise<void> | undefined;
  #disposed = false;

  constructor(engine: URL, changed: (report: Report) => void) {
    this.#engine = engine;
    this.#changed = changed;
  }

  /** The last look, for a fresh connection. */
  get report(): Report {
    return {
      ollamaStatus: this.#last ? 'connected' : 'disconnected',
      models: this.#last?.models ?? [],
      systemLoad: Number(((loadavg()[0] ?? 0) / availableParallelism()).toFixed(2)),
      ...(this.#last && { engine: this.#last.engine }),
    };
  }

  /** Looks now: at the start, and when a request found the engine gone. Looks at the same time are one. */
  look(): Promise<void> {
    return (this.#probing ??= this.#probe().finally(() => (this.#probing = undefined)));
  }

  async #probe(): Promise<void> {
    clearTimeout(this.#timer);
    this.#last = await probeOllama(this.#engine);
    if (this.#disposed) return;
    const told = JSON.stringify(this.#last ?? null);
    if (told !== this.#told || performance.now() - this.#toldAt >= TELL_LOAD_MS) {
      this.#told = told;
      this.#toldAt = performance.now();
      this.#changed(this.report);
    }
    this.#timer = setTimeout(() => void this.look(), this.#last ? POLL_UP_MS : POLL_DOWN_MS).unref();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
