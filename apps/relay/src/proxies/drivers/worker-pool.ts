import type { Logger } from 'pino';
import type { ProxyWorker } from './proxy-driver.ts';

/** Between attempts to replace a process that died while it waited, or that could not be started. */
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;

/** A worker that may not have a proxy yet. */
export interface PooledWorker extends Pick<ProxyWorker, 'ended' | 'destroy'> {
  /** True from the moment when its process has ended. */
  readonly gone: boolean;
}

export interface WorkerPoolOptions<Worker extends PooledWorker> {
  /** How many wait, ready or nearly so. */
  size: number;
  start(): Promise<Worker>;
  log: Pick<Logger, 'warn'>;
}

/** Processes that wait for proxies to be made. Disposing ends those that wait. */
export class WorkerPool<Worker extends PooledWorker> implements AsyncDisposable {
  readonly #options: WorkerPoolOptions<Worker>;
  #waiting: Promise<Worker>[] = [];
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: WorkerPoolOptions<Worker>) {
    this.#options = options;
    this.#fill();
  }

  /**
   * The one that has waited longest; when none waits, a new one. Never waits for the pool to be filled.
   * @throws Error when none can be started.
   */
  async take(): Promise<Worker> {
    const waiting = this.#waiting.shift();
    const worker = await waiting?.catch(() => undefined);
    if (worker !== undefined && !worker.gone) {
      this.#failures = 0;
      return worker;
    }
    return await this.#options.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const waiting = this.#waiting;
    this.#waiting = [];
    await Promise.all(waiting.map(async (starting) => await (await starting.catch(() => undefined))?.destroy()));
  }

  /**
   * Replaces what was taken. Starting a process holds up the event loop and the kernel's groups for some milliseconds:
   * to be called when what was taken is in use.
   */
  refill(): void {
    if (this.#retry === undefined) this.#fill();
  }

  #fill(): void {
    while (!this.#closed && this.#waiting.length < this.#options.size) this.#add();
  }

  #add(): void {
    const starting = this.#options.start();
    this.#waiting.push(starting);
    void starting.then(
      async (worker) => this.#lost(starting, new Error((await worker.ended).detail)),
      (error: unknown) => this.#lost(starting, error),
    );
  }

  #lost(starting: Promise<Worker>, err: unknown): void {
    const index = this.#waiting.indexOf(starting);
    // Those that were taken are no longer the pool's concern.
    if (index === -1) return;
    this.#waiting = this.#waiting.toSpliced(index, 1);
    const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    this.#options.log.warn({ err, delayMs }, 'A process that waited for a proxy is lost: another will take its place');
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#fill();
    }, delayMs).unref();
  }
}
