import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildOnce, ROOT } from './build-once.ts';

export const WEB_DIR = join(ROOT, 'apps/web/dist');
const SOURCES = [
  'apps/web/**/*.{ts,tsx,css,html,svg,png,json,webmanifest}',
  'packages/*/src/**/*.ts',
  'package-lock.json',
];

/** Builds the web app if its sources have changed. Returns true when it built. */
export async function buildWeb(): Promise<boolean> {
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const make = async (): Promise<void> => {
    await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: join(ROOT, 'apps/web') });
  };
  return buildOnce({ sources: SOURCES, folder: WEB_DIR, make });
}
