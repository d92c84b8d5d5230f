import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { BridgeError } from '../bridge-error.ts';

const FILE = 'service-failures.json';
/** Failures further apart than this have nothing to do with each other. */
const FORGET_MS = 30 * 60_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

const failures = z.object({ count: z.int().nonnegative(), at: z.number() });

export interface EndOptions {
  /** The profile's folder, where failures are counted. */
  directory: string;
  platform: NodeJS.Platform;
  /** Ends the pause. */
  signal: AbortSignal;
  now?: number;
  /** Waits so many milliseconds, at most until the signal. */
  pause?(milliseconds: number): Promise<void>;
}

/**
 * Ends a service that failed: after a pause that grows with each failure, as most service managers start again after the same
 * time always, and hammer on a relay with it. Throws the error again, which becomes the exit code; except on launchd,
 * which can't be told codes that no restart mends: it gets 0.
 */
export async function endOfService(error: unknown, options: EndOptions): Promise<void> {
  const { directory, platform, signal, now = Date.now() } = options;
  const { pause = (milliseconds: number) => pauseUntil(milliseconds, signal) } = options;
  if (error instanceof BridgeError && error.code !== 'failed') {
    if (platform !== 'darwin') throw error;
    return;
  }
  const path = join(directory, FILE);
  const count = await countFailure(path, now);
  await pause(Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS));
  if (!signal.aborted) throw error;
}

/** How many failures there were in a row, with this one. */
async function countFailure(path: string, now: number): Promise<number> {
  let count = 1;
  try {
    const last = failures.parse(JSON.parse(await readFile(path, 'utf8')));
    if (Math.abs(now - last.at) < FORGET_MS) count = last.count + 1;
  } catch {
    // The first one, or a file that is damaged: counting begins anew.
  }
  await writeFile(path, JSON.stringify({ count, at: now }), { mode: 0o600 }).catch(() => undefined);
  return count;
}

async function pauseUntil(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}
