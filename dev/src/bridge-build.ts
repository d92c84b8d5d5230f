import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildNpmPackage } from '../../apps/bridge/build/npm-package.ts';
import { buildOnce, ROOT } from './build-once.ts';

/** What the relay hands out to those who connect a computer. */
export const DOWNLOADS_DIR = join(ROOT, 'apps/bridge/dist/packages');
const SOURCES = [
  'apps/bridge/{src,build,packaging,assets}/**/*.*',
  'apps/bridge/package.json',
  'packages/protocol/src/**/*.ts',
  'package-lock.json',
];

/** Builds the bridge's npm package if its sources have changed. Returns true when it built. */
export async function buildBridge(): Promise<boolean> {
  return buildOnce({ sources: SOURCES, folder: DOWNLOADS_DIR, make });
}

async function make(): Promise<void> {
  const folder = await buildNpmPackage();
  await mkdir(DOWNLOADS_DIR, { recursive: true });
  for (const name of await readdir(DOWNLOADS_DIR)) if (name.endsWith('.tgz')) await rm(join(DOWNLOADS_DIR, name));
  // On Windows npm is a script for the shell.
  const options = { shell: process.platform === 'win32', cwd: folder };
  await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', DOWNLOADS_DIR], options);
}
