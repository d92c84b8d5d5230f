import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InstallError } from './install-error.ts';
import { takeInstallLock } from './install-lock.ts';
import { platformPackage } from './platform-package.ts';
import { runNpm } from './run-npm.ts';

export interface InstallOptions {
  /** Told once, when there is something to do. */
  onProgress?: (text: string) => void;
  signal?: AbortSignal;
}

interface Lockfile {
  packages: Record<string, { version?: string; integrity?: string } | undefined>;
}

const FOLDER = dirname(fileURLToPath(import.meta.url));
const MODULES = join(FOLDER, 'node_modules');
const STAMP = join(MODULES, '.demo-engine-stamp');
const LOCKFILE = join(FOLDER, 'package-lock.json');
/** Nothing compiles, nothing downloads from elsewhere, and no optional package brings CUDA or Vulkan. */
const QUIETLY = [
  '--omit=optional',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  '--prefer-offline',
  '--fetch-retries=1',
];

/**
 * Installs node-llama-cpp and the one binary this computer needs (about 85 MB on disk) into this folder, as its lockfile
 * says. Returns at once when that is done already; several processes may call it together.
 * @throws InstallError with what to do about it.
 */
export async function installEngine({ onProgress, signal }: InstallOptions = {}): Promise<void> {
  const binary = platformPackage();
  const lockText = await readFile(LOCKFILE, 'utf8');
  const stamp = `${createHash('sha256').update(lockText).digest('hex')} ${binary}\n`;
  if (await hasStamp(stamp)) return;

  await using _ = await takeInstallLock(join(FOLDER, '.install-lock'), signal);
  if (await hasStamp(stamp)) return;
  onProgress?.('Installing the demo engine: llama.cpp for the CPU');
  // The lockfile is our own; a wrong shape shows at the look-up below.
  const locked = JSON.parse(lockText) as Lockfile;
  const version = locked.packages[`node_modules/${binary}`]?.version;
  if (version === undefined) throw new InstallError('unsupported-platform', `${binary} is not in ${LOCKFILE}.`);

  await runNpm(FOLDER, ['ci', ...QUIETLY], signal);
  // A second step, because npm can take all optional packages or none. With the lockfile in hand it adds this one and
  // leaves the others alone; without it, it would take newer versions of those that have one.
  await runNpm(FOLDER, ['install', '--no-save', ...QUIETLY, `${binary}@${version}`], signal);
  await checkInstalled(locked, binary);
  await writeFile(STAMP, stamp);
}

async function hasStamp(stamp: string): Promise<boolean> {
  try {
    return (await readFile(STAMP, 'utf8')) === stamp;
  } catch {
    return false; // not installed
  }
}

/** Both steps together must have brought exactly what the lockfile names: versions and checksums. */
async function checkInstalled(locked: Lockfile, binary: string): Promise<void> {
  // npm's own record of what it put there, in the shape of a lockfile.
  const installed = JSON.parse(await readFile(join(MODULES, '.package-lock.json'), 'utf8')) as Lockfile;
  const wrong = Object.entries(installed.packages).find(
    ([path, entry]) =>
      entry?.version !== locked.packages[path]?.version || entry?.integrity !== locked.packages[path]?.integrity,
  );
  if (wrong === undefined && installed.packages[`node_modules/${binary}`] !== undefined) return;
  await rm(MODULES, { recursive: true, force: true });
  throw new InstallError(
    'wrong-content',
    `npm delivered another ${wrong?.[0] ?? binary} than the lockfile names. Try again.`,
  );
}
