import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from './test-stack.ts';

/** A program that a test has started, and what it has printed. */
export class RunningProgram {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
    // A program that isn't there has an error instead of an exit.
    this.#ended = once(child, 'close').catch((error: Error) => (this.#output += error.message));
  }

  get output(): string {
    return this.#output;
  }

  /** Waits until it has printed something like this. */
  async prints(pattern: RegExp): Promise<void> {
    let ended = false;
    void this.#ended.then(() => (ended = true));
    await until(`it prints ${pattern}`, 30_000, () => ended || pattern.test(this.#output));
    if (!pattern.test(this.#output)) throw new Error(`It ended before it printed ${pattern}:\n${this.#output}`);
  }

  /** Its exit code once it has ended; undefined when a signal has ended it. */
  async exitCode(): Promise<number | undefined> {
    await this.#ended;
    return this.#child.exitCode ?? undefined;
  }

  /** As Ctrl-C. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** Ends it if it still runs. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
