import { execFile } from 'node:child_process';
import { chmod, copyFile, glob, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BRIDGE, bundleScript } from './bundle-bridge.ts';
import { nativeFiles } from './native-files.ts';
import { noticesText, thirdParty, type ThirdParty } from './third-party-notices.ts';

const run = promisify(execFile);

/** Where Node looks for its program inside of itself (nodejs.org/api/single-executable-applications.html). */
const SEGMENT = 'NODE_SEA';
const RESOURCE = 'NODE_SEA_BLOB';
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export interface Executable {
  path: string;
  /** The licences of all that is inside. */
  notices: string;
}

/** `cloudtolocalllm-linux-x64`, on Windows with `.exe`. */
export function executableName(platform: string = process.platform, arch: string = process.arch): string {
  return `cloudtolocalllm-${platform}-${arch}${platform === 'win32' ? '.exe' : ''}`;
}

/**
 * Builds the program and the Node that runs here into one file for this system, which needs no other on its machine.
 * On macOS it is signed for this machine only; on Windows it is not signed.
 */
export async function buildExecutable(folder: string = join(BRIDGE, 'dist/executable')): Promise<Executable> {
  const parts = join(folder, 'parts');
  await rm(folder, { recursive: true, force: true });
  await mkdir(parts, { recursive: true });
  const native = await nativeFiles();
  const { files, packages } = await bundleScript({
    '@napi-rs/keyring': join(import.meta.dirname, 'embedded/keyring.ts'),
  });
  await writeFile(join(parts, 'main.js'), files['main.js'] ?? '');
  const config = {
    // Without a folder: it is in the program, and in every stack that it shows.
    main: 'main.js',
    output: 'program.blob',
    disableExperimentalSEAWarning: true,
    // Starts a tenth sooner; the Node that makes it is the one that reads it.
    useCodeCache: true,
    useSnapshot: false,
    // What somebody set for their own Node programs (NODE_OPTIONS) is not meant for this one.
    execArgvExtension: 'none',
    assets: { ...(await assetPaths()), ...native.files },
  };
  await writeFile(join(parts, 'config.json'), JSON.stringify(config));
  await run(process.execPath, ['--experimental-sea-config', 'config.json'], { cwd: parts, env: {} });

  const path = join(folder, executableName());
  const node = await realpath(process.execPath);
  await copyFile(node, path);
  await chmod(path, 0o755);
  await prepare(path);
  await inject(path, join(parts, config.output));
  if (process.platform === 'darwin') await run('codesign', ['--sign', '-', path]);
  await rm(parts, { recursive: true });
  const inside = await Promise.all([...packages, ...native.packages].map((package_) => thirdParty(package_)));
  return { path, notices: noticesText([await nodeItself(node), ...inside]) };
}

/** Its command, since the library writes warnings about parts of ELF files that it leaves as they are. */
async function inject(path: string, blob: string): Promise<void> {
  const command = fileURLToPath(import.meta.resolve('postject/dist/cli.js'));
  const segment = process.platform === 'darwin' ? ['--macho-segment-name', SEGMENT] : [];
  await run(process.execPath, [command, path, RESOURCE, blob, '--sentinel-fuse', SENTINEL, ...segment]);
}

/** Files below `assets/` by the names that `readAsset` knows them by. */
async function assetPaths(): Promise<Record<string, string>> {
  const folder = join(BRIDGE, 'assets');
  const paths: Record<string, string> = {};
  for await (const entry of glob('**', { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    paths[path.slice(folder.length + 1).replaceAll('\\', '/')] = path;
  }
  return paths;
}

/** What makes the file fit for being written into. */
async function prepare(path: string): Promise<void> {
  // A signature would no longer fit; what linkers left for debuggers is 18 MB.
  if (process.platform === 'darwin') await run('codesign', ['--remove-signature', path]);
  if (process.platform === 'linux') await run('strip', [path]).catch(ignoreMissing);
}

/** Without binutils the file is larger and works as well. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Node's own licence lies beside it, as all that distribute it have to do. */
async function nodeItself(path: string): Promise<ThirdParty> {
  const folder = dirname(path);
  const licenses = [join(folder, '../LICENSE'), join(folder, 'LICENSE'), join(folder, '../share/doc/nodejs/copyright')];
  for (const file of licenses) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined)
      return { name: 'Node.js', version: process.versions.node, license: 'MIT', texts: [text.trim()] };
  }
  throw new Error(`Cannot pass on Node: its licence is not beside ${basename(path)} (${licenses.join(', ')})`);
}
