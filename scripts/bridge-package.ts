// Builds the bridge's packages into apps/bridge/dist: `npm run bridge:package -- npm executable deb docker`, or some of them.
import { spawnSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildDeb } from '../apps/bridge/build/deb-package.ts';
import { buildExecutable } from '../apps/bridge/build/executable.ts';
import { writeImageContext } from '../apps/bridge/build/image-context.ts';
import { buildNpmPackage } from '../apps/bridge/build/npm-package.ts';
import { sourceManifest } from '../apps/bridge/build/source-manifest.ts';

const KINDS = ['npm', 'executable', 'deb', 'docker'];
const wanted = process.argv.slice(2);
if (wanted.length === 0 || wanted.some((kind) => !KINDS.includes(kind))) {
  console.error(`Say what to build: npm run bridge:package -- ${KINDS.join(' ')}`);
  process.exit(2);
}

if (wanted.includes('npm')) {
  const folder = await buildNpmPackage();
  console.log(`npm         ${folder}: ${await megabytes(folder)}; publish it with: npm publish ${folder}`);
}
if (wanted.some((kind) => kind !== 'npm')) {
  const executable = await buildExecutable();
  console.log(`executable  ${executable.path}: ${await megabytes(executable.path)}`);
  if (wanted.includes('deb')) {
    const path = await buildDeb(executable);
    console.log(`deb         ${path}: ${await megabytes(path)}`);
  }
  if (wanted.includes('docker')) {
    const { name, version } = await sourceManifest();
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

/** Of a file, or of all files in a folder. */
async function megabytes(path: string): Promise<string> {
  const entries = (await stat(path)).isFile()
    ? [path]
    : (await readdir(path, { recursive: true })).map((name) => join(path, name));
  const sizes = await Promise.all(entries.map(async (entry) => (await stat(entry)).size));
  return `${(sizes.reduce((sum, size) => sum + size, 0) / 1_000_000).toFixed(1)} MB`;
}
