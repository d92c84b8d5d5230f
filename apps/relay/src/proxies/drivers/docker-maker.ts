import { createHash } from 'node:crypto';
import { readdir, realpath } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DockerApi } from './docker-api.ts';
import { dockerDriver } from './docker-driver.ts';
import { DATA_LABEL } from './docker-sweep.ts';
import type { Leftovers } from './driver-contract.ts';
import type { ProxyDriver } from './proxy-driver.ts';
import type { WorkerProgramOptions } from './worker-program.ts';

/** The image with a worker that can be made to misbehave; all drivers of one test share it. */
export const TEST_IMAGE = 'cloudtolocalllm-proxy-test';
export const TEST_PROGRAM: Omit<WorkerProgramOptions, 'folder'> = {
  before: [fileURLToPath(new URL('./test-workers/misbehave.ts', import.meta.url))],
};
const quiet = { info: () => undefined, warn: () => undefined };

/** For `driver-contract.ts`; variant is the path of Docker's socket. */
export async function makeDriver(dataDir: string, poolSize: number, variant: string): Promise<ProxyDriver> {
  return await dockerDriver({
    image: TEST_IMAGE,
    program: TEST_PROGRAM,
    socketPath: variant,
    runtimeDir: dataDir,
    poolSize,
    log: quiet,
  });
}

/** Found without the driver's help: containers by their label, sockets by their folders. */
export async function leftovers(dataDir: string, variant: string): Promise<Leftovers> {
  const hash = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 12);
  const api = await DockerApi.connect(variant);
  const containers = await api.containers(DATA_LABEL, hash);
  const running = containers.filter(({ running }) => running).map(({ id }) => `container ${id}`);
  const ended = containers.filter(({ running }) => !running).map(({ id }) => `container ${id}`);
  return { running, places: [...ended, ...(await readdir(dataDir))] };
}
