import { execFile } from 'node:child_process';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DEEP = Array.from({ length: 12 }, () => 'd'.repeat(250));

/**
 * Makes a folder that Node can't remove, whoever runs it: what lies in it has paths that are longer than the system takes.
 * Disposing removes it.
 */
export async function unremovable(path: string): Promise<AsyncDisposable> {
  const [outer, inner] = [join(path, ...DEEP), join(path, 'inner')];
  for (const each of [outer, join(inner, ...DEEP)]) await mkdir(each, { recursive: true });
  await rename(inner, join(outer, 'inner'));
  return { [Symbol.asyncDispose]: async () => void (await run('rm', ['-rf', path])) };
}
