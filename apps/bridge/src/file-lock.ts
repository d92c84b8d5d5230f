import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Longer than anybody holds one: who does has stopped, even when its process id is in use again. */
const STALE_MS = 2 * 60_000;
/** Past the moment at which the holder's lock counts as stale. */
const WAIT_MS = STALE_MS + 10_000;
const LOOK_MS = 50;

/**
 * Does the work while no other process on this computer holds the same file. A holder that was killed is noticed at
 * once. Throws what the work throws, or an Error when the file cannot be had for two minutes.
 */
export async function withFileLock<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const mine = `${process.pid} ${crypto.randomUUID()}`;
  const deadline = performance.now() + WAIT_MS;
  while (!(await take(path, mine))) {
    if (performance.now() > deadline) throw new Error(`Cannot lock ${path}: another process holds it`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  try {
    return await work();
  } finally {
    if ((await holder(path)) === mine) await rm(path, { force: true });
  }
}

async function take(path: string, mine: string): Promise<boolean> {
  try {
    await writeFile(path, mine, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const other = await holder(path);
  if (other !== undefined && (await isStale(path, other))) await takeAway(path, other);
  return false;
}

async function holder(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function isStale(path: string, other: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  if (Date.now() - mtimeMs > STALE_MS) return true;
  const pid = Number.parseInt(other, 10);
  if (!(pid > 0)) return false; // its holder is still writing it
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Removes the lock that was found stale; puts it back when meanwhile it is another's. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return; // somebody was faster
  }
  if ((await holder(aside)) !== stale) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}
