import { Worker } from 'node:worker_threads';
import type { ImportStep } from './import-steps.ts';
import type { ImportWorkerData } from './import-worker.ts';

const WORKER_URL = new URL('./import-worker.ts', import.meta.url);
/** The largest conversation that is allowed, as text and as objects. */
const MAX_HEAP_MB = 1024;

/** Reads a file of conversations in a thread of its own: parsing it never holds up anybody's tokens. */
export class ImportThread implements AsyncDisposable {
  readonly #worker: Worker;
  #failure: unknown;
  #waiting: PromiseWithResolvers<ImportStep | undefined> | undefined;

  constructor(data: ImportWorkerData) {
    this.#worker = new Worker(WORKER_URL, {
      workerData: data,
      name: 'import',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    this.#worker.on('message', (step: ImportStep | undefined) => this.#waiting?.resolve(step));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('The thread that reads the file has ended')));
  }

  /** The next step; undefined at the end. @param wanted the answer to an `entry`. */
  async next(wanted?: boolean): Promise<ImportStep | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#waiting = Promise.withResolvers();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(wanted);
    return this.#waiting.promise;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
