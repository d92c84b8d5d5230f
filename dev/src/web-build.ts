import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = new URL('../..', import.meta.url).pathname;
export const WEB_DIR = join(ROOT, 'apps/web/dist');
const SOURCES = [
  'apps/web/**/*.{ts,tsx,css,html,svg,png,json,webmanifest}',
  'packages/*/src/**/*.ts',
  'package-lock.json',
];

/** Builds the web app unless what is there was made from these very sources. Returns true when it built. */
export async function buildWeb(): Promise<boolean> {
  const stamp = join(WEB_DIR, '.sources');
  const hash = await hashSources();
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === hash) return false;
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: join(ROOT, 'apps/web') });
  await writeFile(stamp, hash);
  return true;
}

async function hashSources(): Promise<string> {
  const files: string[] = [];
  for (const pattern of SOURCES) {
    for await (const file of glob(pattern, { cwd: ROOT, exclude: ['**/node_modules/**', '**/dist/**'] }))
      files.push(file);
  }
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(file).update(await readFile(join(ROOT, file)));
  return hash.digest('hex');
}
