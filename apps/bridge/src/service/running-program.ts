import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { isSea } from 'node:sea';
import type { Running } from './program-path.ts';

/** Folders that systems empty, besides the one that this process was told. */
const TEMPORARY_FOLDERS = ['/tmp', '/var/tmp', '/private/tmp', '/private/var/folders', '/dev/shm'];

/** This very program, as it was called: `import.meta.url` is no help, since a bundle is one file of many. */
export function runningProgram(): Running {
  return {
    execPath: process.execPath,
    script: isSea() ? undefined : resolve(process.argv[1] ?? ''),
    platform: process.platform,
    temporary: [...TEMPORARY_FOLDERS, tmpdir()],
    realPath(path) {
      try {
        return realpathSync(path);
      } catch {
        return path;
      }
    },
  };
}
