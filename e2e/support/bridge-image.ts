import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestDocker } from '../../apps/relay/src/proxies/drivers/test-docker.ts';
import type { DebianRoot } from './debian-root.ts';

const IMAGE = 'cloudtolocalllm';
const VOLUME = 'bridge';
const CONTAINER = 'bridge';

/** The image of the bridge in a Docker daemon of a test's own, and its one container. */
export class BridgeImage {
  readonly #docker: TestDocker;

  private constructor(docker: TestDocker) {
    this.#docker = docker;
  }

  /** Builds it of the folder with its Dockerfile, on a Debian root instead of the image that a registry would give. */
  static async build(docker: TestDocker, root: DebianRoot, context: string): Promise<BridgeImage> {
    const image = new BridgeImage(docker);
    const base = `${root.suite}-slim`;
    const unpacked = spawn('tar', ['-C', root.folder, '--one-file-system', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const imported = image.#spawn('import', '-', `debian:${base}`);
    unpacked.stdout.pipe(imported.stdin ?? process.stdout);
    const code = await new Promise((resolve) => void imported.once('close', resolve));
    if (code !== 0) throw new Error(`docker import failed (${String(code)})`);
    await image.run('build', '--network', 'none', '--build-arg', `DEBIAN=${base}`, '--tag', IMAGE, context);
    return image;
  }

  /** Runs the bridge's container in the foreground, as a person would, or a command in the one that runs. */
  start(args: readonly string[]): ChildProcess {
    if (args[0] === 'status') return this.#spawn('exec', CONTAINER, 'cloudtolocalllm', ...args);
    return this.#spawn('run', '--rm', '--name', CONTAINER, ...OPTIONS, IMAGE, ...args);
  }

  /** The same in the background. Its health is asked for every second. */
  async startService(args: readonly string[]): Promise<void> {
    await this.run('run', '--detach', '--name', CONTAINER, '--health-interval', '1s', ...OPTIONS, IMAGE, ...args);
  }

  /** What `docker inspect` says of the container, by its template. */
  inspect(template: string): Promise<string> {
    return this.run('inspect', '--format', template, CONTAINER);
  }

  async stop(): Promise<void> {
    await this.run('stop', CONTAINER);
  }

  /** What a command of Docker prints. Throws Error with its words when it fails. */
  async run(...args: string[]): Promise<string> {
    const options = { env: this.#env, maxBuffer: 16 * 1024 * 1024 };
    return (await promisify(execFile)('docker', args, options)).stdout.trim();
  }

  #spawn(...args: string[]): ChildProcess {
    return spawn('docker', args, { env: this.#env });
  }

  /** The builder that comes with Docker itself: the newer one is a plugin. */
  get #env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      DOCKER_HOST: `unix://${this.#docker.socketPath}`,
      DOCKER_BUILDKIT: '0',
    };
  }
}

/** The relay and the engine of the test listen on this machine's loopback. */
const OPTIONS = ['--network', 'host', '--volume', `${VOLUME}:/var/lib/cloudtolocalllm`];
