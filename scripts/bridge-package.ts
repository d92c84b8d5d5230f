// Builds the bridge's packages into apps/bridge/dist: `npm run bridge:package -- npm executable deb docker`, or some of them.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildDeb } from '../apps/bridge/build/deb-package.ts';
import { buildExecutable } from '../apps/bridge/build/executable.ts';
import { writeImageContext } from '../apps/bridge/build/image-context.ts';
import { maintainer, NOBODY, packageAuthor } from '../apps/bridge/build/maintainer.ts';
import { sourceManifest } from '../apps/bridge/build/source-manifest.ts';
import { buildBridge, DOWNLOADS_DIR } from '../dev/src/bridge-build.ts';

const KINDS = ['npm', 'executable', 'deb', 'docker'];
const wanted = process.argv.slice(2);
if (wanted.length === 0 || wanted.some((kind) => !KINDS.includes(kind))) {
  console.error(`Say what to build: npm run bridge:package -- ${KINDS.join(' ')}`);
  process.exit(2);
}

if (wanted.includes('npm')) {
  await buildBridge();
  console.log(`npm         ${DOWNLOADS_DIR}; publish it with: npm publish ${join(DOWNLOADS_DIR, '../npm')}`);
}
if (wanted.some((kind) => kind !== 'npm')) {
  const executable = await buildExecutable();
  const { version } = await sourceManifest();
  const versioned = basename(executable.path).replace('-', `-${version}-`);
  console.log(`executable  ${await handOut(executable.path, versioned)}: ${await megabytes(executable.path)}`);
  if (wanted.includes('deb')) {
    const named = maintainer(await packageAuthor(), process.env);
    if (named === NOBODY) {
      console.log('deb         names nobody to write to: to hand it out, set DEBFULLNAME and DEBEMAIL first');
    }
    const path = await buildDeb(executable, { maintainer: named });
    console.log(`deb         ${await handOut(path, basename(path))}: ${await megabytes(path)}`);
  }
  if (wanted.includes('docker')) {
    const { name } = await sourceManifest();
    const folder = await writeImageContext(executable);
    const tags = [`${name}:${version}`, `${name}:latest`].flatMap((tag) => ['--tag', tag]);
    console.log(`docker      ${folder}, built with: docker build ${tags.join(' ')} ${folder}`);
    const { status, error } = spawnSync('docker', ['build', ...tags, folder], { stdio: 'inherit' });
    if (status !== 0) {
      console.error(`Cannot build the image: ${error?.message ?? 'docker has failed'}. The folder for it is complete`);
      process.exitCode = 1;
    }
  }
}

/** Puts a package where the relay of this project hands it out from. */
async function handOut(path: string, name: string): Promise<string> {
  await mkdir(DOWNLOADS_DIR, { recursive: true });
  await cp(path, join(DOWNLOADS_DIR, name));
  return join(DOWNLOADS_DIR, name);
}

async function megabytes(path: string): Promise<string> {
  return `${((await stat(path)).size / 1_000_000).toFixed(1)} MB`;
}
