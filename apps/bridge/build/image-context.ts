import { chmod, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BRIDGE } from './bundle-bridge.ts';
import type { Executable } from './executable.ts';

/** Writes what `docker build` needs, the Dockerfile and the executable, into an empty folder and returns its path. */
export async function writeImageContext(
  executable: Pick<Executable, 'path'>,
  folder: string = join(BRIDGE, 'dist/docker'),
): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(BRIDGE, 'packaging/docker/Dockerfile'), join(folder, 'Dockerfile'));
  await cp(executable.path, join(folder, 'cloudtolocalllm'));
  // Here instead of by COPY --chmod, which the classic builder doesn't know.
  await chmod(join(folder, 'cloudtolocalllm'), 0o755);
  return folder;
}
