import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { relayApi } from '../relay-api.ts';
import { VERSION } from '../version.ts';
import { newerVersion } from './newer-version.ts';

/** A person is told once a day at most, however often the bridge starts. */
const DAY_MS = 24 * 60 * 60_000;
const FILE = 'update-check.json';
const kept = z.object({ toldAt: z.number() });

export interface UpdateOptions {
  relay: string;
  /** Where it is kept when the person was told last. */
  directory: string;
  /** Says one line. */
  tell(line: string): void;
}

/** Looks now and once a day until the signal; whatever goes wrong is looked at again tomorrow. */
export function watchForUpdates({ signal, ...options }: UpdateOptions & { signal: AbortSignal }): void {
  const look = (): void => void tellOfUpdate(options).catch(() => {});
  look();
  const timer = setInterval(look, DAY_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/**
 * Asks the relay, and nobody else, which version it is: relay and bridge are released together. Tells of a newer one
 * unless that was done within a day. Throws RelayApiError.
 */
export async function tellOfUpdate(options: UpdateOptions, now = Date.now(), own = VERSION): Promise<void> {
  const path = join(options.directory, FILE);
  const last = await readFile(path, 'utf8').then(
    (text) => kept.safeParse(jsonOrNothing(text)).data?.toldAt,
    () => undefined,
  );
  if (last !== undefined && last <= now && now - last < DAY_MS) return;
  const newer = newerVersion((await relayApi.authConfig(options.relay)).version, own);
  if (newer === undefined) return;
  options.tell(
    `A newer version of this program is there: ${newer} (this is ${own}). Update it when you like; nothing is done by itself.`,
  );
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  await writeFile(path, JSON.stringify({ toldAt: now }), { mode: 0o600 });
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
