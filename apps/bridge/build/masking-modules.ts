import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BRIDGE, MASKING } from './bundle-bridge.ts';
import type { NativeFiles } from './native-files.ts';

/** Node 24 runs on no such system. */
const GONE = new Set(['win32-ia32']);

/** The modules of `bufferutil` for all systems that its makers built them for, by the names that the npm package has them under. */
export async function maskingModules(): Promise<NativeFiles> {
  const folder = dirname(createRequire(join(BRIDGE, 'package.json')).resolve(`${MASKING}/package.json`));
  const systems = (await readdir(join(folder, 'prebuilds'))).filter((system) => !GONE.has(system));
  const files = systems.map((system) => [
    `native/${MASKING}-${system}.node`,
    join(folder, 'prebuilds', system, `${MASKING}.node`),
  ]);
  return { files: Object.fromEntries(files), packages: [folder] };
}
