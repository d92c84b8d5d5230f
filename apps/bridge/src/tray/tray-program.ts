import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BridgeError } from '../bridge-error.ts';
import { readPackageFile } from '../package-file.ts';

/** What systray2 has a program for. */
export const TRAY_PROGRAMS: Readonly<Record<string, string>> = {
  'linux x64': 'traybin/tray_linux_release',
  'darwin x64': 'traybin/tray_darwin_release',
  'darwin arm64': 'traybin/tray_darwin_release', // by Rosetta
  'win32 x64': 'traybin/tray_windows_release.exe',
};
/** The library that its Linux program is linked to, and what Debian and Ubuntu have in its place, with the same functions. */
const WANTED = 'libappindicator3.so.1';
const REPLACEMENT = 'libayatana-appindicator3.so.1';
/** Where distributions put libraries. */
const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib', '/lib/x86_64-linux-gnu', '/lib64'];

export interface TrayProgramOptions {
  /** Of the profile: the program is copied below it. */
  directory: string;
  /** What the program is started with. */
  environment: NodeJS.ProcessEnv;
  platform?: string;
  libraryFolders?: readonly string[];
}

export interface TrayProgram {
  path: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Makes systray2's program ready to be started: it comes without the mode to be run, so it is copied to a folder of ours.
 * Throws BridgeError saying what is missing.
 */
export async function trayProgram(options: TrayProgramOptions): Promise<TrayProgram> {
  const { directory, environment, platform = `${process.platform} ${process.arch}` } = options;
  const source = TRAY_PROGRAMS[platform];
  if (source === undefined) throw new BridgeError('failed', `Cannot show the icon: there is none for ${platform}`);
  const isLinux = platform.startsWith('linux');
  if (isLinux && !environment['DISPLAY'] && !environment['WAYLAND_DISPLAY']) {
    throw new BridgeError(
      'failed',
      'Cannot show the icon: there is no desktop here (neither DISPLAY nor WAYLAND_DISPLAY is set). Start it from a program of your desktop, such as its terminal.',
    );
  }
  const folder = join(directory, 'tray');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const env = isLinux ? await withLibrary(folder, options) : environment;
  const program = await readPackageFile('systray2', source).catch((cause: unknown) => {
    throw new BridgeError(
      'failed',
      'Cannot show the icon: the package systray2 is not installed. Install the bridge again with its optional parts: the command ' +
        'that the page "Connect a computer" of your relay has, with --include=optional',
      { cause },
    );
  });
  const path = join(folder, basename(source));
  const fresh = `${path}.${process.pid}`;
  try {
    await writeFile(fresh, program, { mode: 0o700 });
    await rename(fresh, path);
  } catch (cause) {
    await rm(fresh, { force: true });
    throw new BridgeError('failed', `Cannot show the icon: its program can not be copied to ${folder}`, { cause });
  }
  return { path, env };
}

/** The environment in which the loader finds the library. */
async function withLibrary(
  folder: string,
  { environment, libraryFolders = LIBRARY_FOLDERS }: TrayProgramOptions,
): Promise<NodeJS.ProcessEnv> {
  const found = await Promise.all(
    libraryFolders.map(async (path) => ({ path, names: await readdir(path).catch((): string[] => []) })),
  );
  if (found.some(({ names }) => names.includes(WANTED))) return environment;
  const place = found.find(({ names }) => names.includes(REPLACEMENT))?.path;
  if (place === undefined) {
    throw new BridgeError(
      'failed',
      'Cannot show the icon: the library appindicator is missing. Install it (Debian, Ubuntu: sudo apt-get install ' +
        'libayatana-appindicator3-1; Fedora: sudo dnf install libappindicator-gtk3)',
    );
  }
  const libraries = join(folder, 'lib');
  await mkdir(libraries, { recursive: true, mode: 0o700 });
  const link = join(libraries, WANTED);
  await rm(link, { force: true });
  await symlink(join(place, REPLACEMENT), link);
  const more = environment['LD_LIBRARY_PATH'];
  return { ...environment, LD_LIBRARY_PATH: more ? `${libraries}:${more}` : libraries };
}
