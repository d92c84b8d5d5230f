import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './test-stack.ts';

/** A program of packages/sdk/examples that runs, and what it has printed. */
export class Example {
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';

  /** `environment` is all that it sees besides the path. */
  constructor(file: string, environment: { RELAY_URL: string; TOKEN: string; MODEL: string }) {
    const path = new URL(`../../packages/sdk/examples/${file}`, import.meta.url).pathname;
    this.#child = spawn(process.execPath, [path], { env: { PATH: process.env['PATH'], ...environment } });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** Waits until it has printed something like this. */
  prints(pattern: RegExp): Promise<void> {
    return until(`it prints ${pattern}`, 30_000, () => pattern.test(this.#output));
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** All that it has printed, once it has ended well. */
  async ended(): Promise<string> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0) throw new Error(`The example ended with ${exitCode ?? signalCode}: ${this.#errors}`);
    return this.#output;
  }
}
