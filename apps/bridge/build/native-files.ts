import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageAsset } from '../src/package-file.ts';
import { TRAY_PROGRAMS } from '../src/tray/tray-program.ts';
import { BRIDGE } from './bundle-bridge.ts';

export interface NativeFiles {
  /** Paths by the names that the single executable knows them by. */
  files: Record<string, string>;
  /** Folders of the packages that they come from. */
  packages: string[];
}

const resolve = createRequire(join(BRIDGE, 'package.json')).resolve;

/** What the single executable needs of packages with native parts, for this system. */
export async function nativeFiles(): Promise<NativeFiles> {
  const keyring = await keyringModule();
  const tray = TRAY_PROGRAMS[`${process.platform} ${process.arch}`];
  if (tray === undefined) return keyring;
  const folder = dirname(resolve('systray2/package.json'));
  return {
    files: { ...keyring.files, [packageAsset('systray2', tray)]: join(folder, tray) },
    packages: [...keyring.packages, folder],
  };
}

/** The keychain's module: npm has installed the one for this system, as a package of its own. */
async function keyringModule(): Promise<NativeFiles> {
  const main = dirname(resolve('@napi-rs/keyring'));
  const scope = dirname(main);
  const [native, ...others] = (await readdir(scope)).filter((name) => name.startsWith('keyring-'));
  if (native === undefined || others.length > 0) {
    throw new Error(`Cannot build the executable: ${scope} has ${native ? 'several' : 'no'} modules for the keychain`);
  }
  const file = (await readdir(join(scope, native))).find((name) => name.endsWith('.node'));
  if (file === undefined) throw new Error(`Cannot build the executable: there is no module in ${join(scope, native)}`);
  return { files: { 'native/keyring.node': join(scope, native, file) }, packages: [main, join(scope, native)] };
}
