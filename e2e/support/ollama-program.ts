import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../../dev/src/free-port.ts';
import { RunningProgram } from './running-program.ts';
import { until } from './test-stack.ts';

/** Ollama's own program: OLLAMA_PROGRAM, else the `ollama` in PATH. */
export function findOllamaProgram(): string | undefined {
  const { OLLAMA_PROGRAM: named, PATH = '' } = process.env;
  const places = named ? [named] : PATH.split(delimiter).map((folder) => join(folder, 'ollama'));
  return places.find((path) => existsSync(path));
}

export interface CommandEnd {
  code: number;
  stdout: string;
  stderr: string;
}

/** A real `ollama serve` with models of its own, and the command `ollama` as a person has it. */
export class OllamaProgram implements AsyncDisposable {
  readonly url: URL;
  readonly #program: string;
  readonly #folder: string;
  #server: ChildProcess | undefined;
  #output: RunningProgram | undefined;

  private constructor(program: string, folder: string, url: URL) {
    this.#program = program;
    this.#folder = folder;
    this.url = url;
  }

  static async start(program: string): Promise<OllamaProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'c2l-ollama-'));
    const ollama = new OllamaProgram(program, folder, new URL(`http://127.0.0.1:${await freePort()}`));
    // One answer at a time: whether one was really stopped is seen by who comes next.
    const env = { ...ollama.#env(ollama.url.href), OLLAMA_NUM_PARALLEL: '1' };
    const server = spawn(program, ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    ollama.#server = server;
    ollama.#output = new RunningProgram(server);
    await until('Ollama is there', 30_000, async () => (await fetch(ollama.url)).ok);
    return ollama;
  }

  /** What the server has printed. */
  get log(): string {
    return this.#output?.output ?? '';
  }

  /** Runs one command to its end, against an Ollama or what looks like one. */
  run(host: string, ...args: string[]): Promise<CommandEnd> {
    const { promise, resolve } = Promise.withResolvers<CommandEnd>();
    const child = execFile(this.#program, args, { env: this.#env(host), timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.end();
    return promise;
  }

  /** Starts one command at a terminal, which answers what is typed into its input. */
  atTerminal(host: string, ...args: string[]): ChildProcess {
    const command = [this.#program, ...args].map((part) => `'${part}'`).join(' ');
    return spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env: this.#env(host) });
  }

  /** Starts one command without a terminal. */
  start(host: string, ...args: string[]): ChildProcess {
    return spawn(this.#program, args, { env: this.#env(host), stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #env(host: string): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      HOME: this.#folder,
      OLLAMA_MODELS: join(this.#folder, 'models'),
      OLLAMA_HOST: host,
      TERM: 'xterm',
      // It sends nothing anywhere.
      OLLAMA_NO_CLOUD: '1',
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.kill('SIGTERM');
    if (this.#server?.exitCode === null) await new Promise((resolve) => this.#server?.once('exit', resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
