import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';

/** A process that was asked to stop and has not after this long is killed. */
const STOP_MS = 15_000;
/** For what it said last to arrive: a grandchild may hold its output open for longer. */
const LAST_WORDS_MS = 500;

export interface ChildOptions {
  /** Arguments to Node: the script and its own. */
  args: readonly string[];
  /** What runs Node, such as `ip netns exec somewhere`; absent: nothing does. */
  within?: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Its output goes here; appended. */
  logFile: string;
}

/** A process of the stack: its output in a log file, its end awaited, nothing left behind. */
export class Child {
  readonly process: ChildProcess;
  /** Resolves when it has ended and its log is written. */
  readonly exited: Promise<void>;
  readonly #log: WriteStream;
  /** The last lines of its output, for the error when it ends at once. */
  #tail = '';

  constructor({ args, within = [], env, logFile }: ChildOptions) {
    this.#log = createWriteStream(logFile, { flags: 'a' });
    const [command = process.execPath, ...rest] = [...within, process.execPath, ...args];
    this.process = spawn(command, rest, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        if (!this.#log.writableEnded) this.#log.write(chunk);
        this.#tail = (this.#tail + chunk.toString()).slice(-2000);
      });
    }
    this.process.stdin?.on('error', () => {}); // it ended first
    const silent = new Promise<void>((resolve) => void this.process.once('close', resolve));
    this.exited = once(this.process, 'exit').then(() => this.#closeLog(silent));
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  get tail(): string {
    return this.#tail;
  }

  /** Resolves with what `look` gives once it gives something; throws with the output when the process ends before. */
  async until<Result>(what: string, look: () => Promise<Result | undefined>, timeoutMs = 30_000): Promise<Result> {
    const deadline = performance.now() + timeoutMs;
    while (this.running && performance.now() < deadline) {
      const result = await look().catch(() => undefined);
      if (result !== undefined) return result;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const state = this.running
      ? `after ${timeoutMs / 1000} s`
      : `it ended with ${this.process.exitCode ?? this.process.signalCode}`;
    throw new Error(`${what}: ${state}\n${this.#tail}`);
  }

  /** Asks it to stop, waits, kills it if it does not. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    await this.exited;
    clearTimeout(timer);
  }

  async #closeLog(silent: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, LAST_WORDS_MS);
    await Promise.race([silent, late.promise]);
    clearTimeout(timer);
    await new Promise<void>((resolve) => void this.#log.end(resolve));
  }

  /** Ends it as a crash or a power cut would. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
