import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { InstallError } from './install-error.ts';

/** How often the holder shows that it lives, and how often others look. */
const HEARTBEAT_MS = 1_000;
/** A holder silent for this long is dead: long enough for a suspended disk, short enough for a person who waits. */
const STALE_MS = 20_000;
/** A slow line may need minutes for 30 MB; after this something is wrong that waiting won't cure. */
const GIVE_UP_MS = 15 * 60_000;

/**
 * Takes the lock `directory`, waiting for another process that holds it; dispose to give it back.
 * Creating a directory is atomic everywhere; a dead holder's lock is moved away before it is taken.
 */
export async function takeInstallLock(directory: string, signal?: AbortSignal): Promise<AsyncDisposable> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (!(await tryTake(directory))) {
    if (Date.now() > giveUpAt)
      throw new InstallError(
        'locked',
        `another process has held ${directory} for too long; end it and delete that folder.`,
      );
    if (await isStale(directory)) await moveAway(directory);
    else await delay(HEARTBEAT_MS / 4, undefined, { signal });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A failed beat only makes the lock look older; the next one repairs it.
    utimes(directory, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(heartbeat);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function tryTake(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
  await writeFile(join(directory, 'pid'), String(process.pid));
  return true;
}

async function isStale(directory: string): Promise<boolean> {
  try {
    if (Date.now() - (await stat(directory)).mtimeMs > STALE_MS) return true;
    const pid = Number(await readFile(join(directory, 'pid'), 'utf8'));
    return pid > 0 && !isAlive(pid);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false; // just given back, or just being taken
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isCode(error, 'ESRCH');
  }
}

/** Moves before deleting, so that of several waiting processes one alone removes a lock, and gives back a fresh one. */
async function moveAway(directory: string): Promise<void> {
  const grave = `${directory}.${randomUUID()}`;
  try {
    await rename(directory, grave);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if (await isStale(grave)) await rm(grave, { recursive: true, force: true });
  else await rename(grave, directory);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
