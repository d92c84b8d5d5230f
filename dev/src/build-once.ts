import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const ROOT = new URL('../..', import.meta.url).pathname;

export interface Build {
  /** Below the root, as globs. */
  sources: readonly string[];
  /** Where it puts what it makes, and the stamp of what that was made from. */
  folder: string;
  make(): Promise<void>;
}

/** Builds unless what is there was made from these very sources. Returns true when it built. */
export async function buildOnce({ sources, folder, make }: Build): Promise<boolean> {
  const stamp = join(folder, '.sources');
  const hash = await hashOf(sources);
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === hash) return false;
  await make();
  await writeFile(stamp, hash);
  return true;
}

async function hashOf(patterns: readonly string[]): Promise<string> {
  const files: string[] = [];
  for (const pattern of patterns) {
    for await (const file of glob(pattern, { cwd: ROOT, exclude: ['**/node_modules/**', '**/dist/**'] }))
      files.push(file);
  }
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(file).update(await readFile(join(ROOT, file)));
  return hash.digest('hex');
}
