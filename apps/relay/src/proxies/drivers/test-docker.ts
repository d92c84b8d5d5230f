import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DockerApi } from './docker-api.ts';

/** Where packages put it: root's, so rarely in the PATH of others. */
const DAEMON_PATHS = ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd'];
const START_MS = 60_000;
const STOP_MS = 30_000;
const POLL_MS = 100;

/** A Docker daemon of a test's own: its folder, socket and containers are shared with nobody. */
export class TestDocker implements AsyncDisposable {
  readonly socketPath: string;
  readonly #folder: string;
  readonly #daemon: ChildProcess;

  private constructor(folder: string, daemon: ChildProcess) {
    this.#folder = folder;
    this.socketPath = join(folder, 'd.sock');
    this.#daemon = daemon;
  }

  /** The daemon, or in words why there can be none here. */
  static async start(): Promise<TestDocker | string> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'dockerd needs root on Linux';
    const program = DAEMON_PATHS.find(isExecutable);
    if (program === undefined) return 'dockerd is not installed (Debian, Ubuntu: apt-get install docker.io)';
    // Short: the paths of its sockets are limited.
    const folder = await mkdtemp(join(tmpdir(), 'dk-'));
    const options = {
      'data-root': join(folder, 'data'),
      'exec-root': join(folder, 'exec'),
      host: `unix://${join(folder, 'd.sock')}`,
      pidfile: join(folder, 'pid'),
      iptables: 'false',
      bridge: 'none',
    };
    const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    // A test that is killed takes it along; what it leaves mounted goes with it.
    const wrapped = ['--pdeathsig', 'TERM', 'unshare', '--mount', '--propagation', 'private', program, ...flags];
    const daemon = spawn('setpriv', wrapped, { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(folder, 'log'));
    daemon.stdout.pipe(log, { end: false });
    daemon.stderr.pipe(log, { end: false });
    daemon.on('error', (error) => log.write(error.message));
    const docker = new TestDocker(folder, daemon);
    if (await docker.#answers()) return docker;
    const words = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n').slice(-3).join(' | ');
    await docker[Symbol.asyncDispose]();
    return `dockerd does not start: ${words}`;
  }

  async #answers(): Promise<boolean> {
    const until = Date.now() + START_MS;
    while (Date.now() < until && this.#runs) {
      try {
        await DockerApi.connect(this.socketPath);
        return true;
      } catch {
        await sleep(POLL_MS);
      }
    }
    return false;
  }

  get #runs(): boolean {
    return this.#daemon.pid !== undefined && this.#daemon.exitCode === null && this.#daemon.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#runs) {
      const exited = once(this.#daemon, 'exit');
      const late = setTimeout(() => this.#daemon.kill('SIGKILL'), STOP_MS);
      this.#daemon.kill('SIGTERM');
      await exited;
      clearTimeout(late);
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
