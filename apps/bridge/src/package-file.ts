import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

/**
 * A file of an optional package, by its path in there: from where npm has installed it, in the single executable from
 * inside of that, where the build has put what this system needs (`nativeFiles` in build/native-files.ts).
 *
 * @throws Error when the package is not installed
 */
export async function readPackageFile(name: string, path: string): Promise<Buffer> {
  if (isSea()) return Buffer.from(getAsset(packageAsset(name, path)));
  return readFile(join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path));
}

/** What the file is called inside of the single executable. */
export function packageAsset(name: string, path: string): string {
  return `native/${name}/${path}`;
}
