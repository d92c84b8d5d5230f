import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { BRIDGE } from './bundle-bridge.ts';
import { debChangelog, debControl, debCopyright, debName } from './deb-control.ts';
import type { Executable } from './executable.ts';
import { NOBODY } from './maintainer.ts';
import { programTexts } from './program-texts.ts';
import { sourceManifest } from './source-manifest.ts';
import { PROGRAM, systemdUnits } from './systemd-units.ts';

const SCRIPTS = ['postinst', 'prerm', 'postrm'] as const;
const PACKAGING = join(BRIDGE, 'packaging/deb');

export interface DebOptions {
  /** The package and its staged tree are written into this one. */
  folder?: string;
  /** As dpkg-deb's -Z and -z: small and slow, unless a test is in a hurry. */
  compression?: readonly string[];
  /** In the changelog. */
  date?: Date;
  /** Whom to write to: `name <address>`. */
  maintainer?: string;
}

/** Builds the Debian package around an executable, with dpkg-deb alone, and returns its path. */
export async function buildDeb(executable: Executable, options: DebOptions = {}): Promise<string> {
  const { folder = join(BRIDGE, 'dist/deb'), compression = ['-Zxz', '-z6'], date = new Date() } = options;
  const { maintainer = NOBODY } = options;
  const manifest = await sourceManifest();
  const name = debName(manifest);
  const doc = `/usr/share/doc/${manifest.name}`;
  const notices = `${doc}/THIRD-PARTY-NOTICES.gz`;
  const license = await readFile(join(BRIDGE, '../../LICENSE'), 'utf8');
  const files: Record<string, string | Buffer> = {
    ...systemdUnits(),
    ...(await programTexts(executable.path)),
    [`${doc}/copyright`]: debCopyright(manifest, license, notices),
    [notices]: gzipSync(executable.notices, { level: 9 }),
    [`${doc}/changelog.Debian.gz`]: gzipSync(debChangelog(manifest, name, maintainer, date), { level: 9 }),
    [`/usr/share/lintian/overrides/${manifest.name}`]: await readFile(join(PACKAGING, 'lintian-overrides')),
  };
  const tree = join(folder, 'tree');
  await rm(folder, { recursive: true, force: true });
  for (const [path, content] of Object.entries(files)) await place(tree, path, content);
  const program = join(tree, PROGRAM);
  await makeFolders(tree, dirname(PROGRAM));
  await cp(executable.path, program);
  await chmod(program, 0o755);
  const { size } = await stat(program);
  const bytes = Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content), size);
  await place(tree, '/DEBIAN/control', debControl(manifest, name, { maintainer, installedBytes: bytes }));
  for (const script of SCRIPTS) await place(tree, `/DEBIAN/${script}`, await readFile(join(PACKAGING, script)), 0o755);
  const path = join(folder, name.file);
  await promisify(execFile)('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, path]);
  await rm(tree, { recursive: true });
  return path;
}

async function place(tree: string, path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await makeFolders(tree, dirname(path));
  await writeFile(join(tree, path), content);
  // Whatever umask this person has.
  await chmod(join(tree, path), mode);
}

async function makeFolders(tree: string, path: string): Promise<void> {
  await mkdir(join(tree, path), { recursive: true });
  for (let folder = path; ; folder = dirname(folder)) {
    await chmod(join(tree, folder), 0o755);
    if (folder === '/') return;
  }
}
