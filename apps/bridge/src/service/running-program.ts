import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';
import type { Running } from './program-path.ts';

/** Folders that systems empty, besides the one that this process was told. */
const TEMPORARY_FOLDERS = ['/tmp', '/var/tmp', '/private/tmp', '/private/var/folders', '/dev/shm'];

/**
 * This very program. Its script is `process.argv[1]` with links followed, so that a package manager's link in `bin` and
 * the file behind it are the same; what was imported to get here is no help, as a bundle is one file.
 */
export function runningProgram(): Running {
  const script = isSea() ? undefined : scriptPath(process.argv[1]);
  return {
    execPath: process.execPath,
    script,
    platform: process.platform,
    temporary: [...TEMPORARY_FOLDERS, tmpdir()],
  };
}

function scriptPath(argument: string | undefined): string {
  const path = argument ?? fileURLToPath(import.meta.url);
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
