import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { initPolicyFile, policyPath, readPolicyFile } from './policy-file.ts';
import { PolicyFileError } from './policy-file-error.ts';
import { DEFAULT_SETTINGS } from './policy-settings.ts';

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'bridge-policy-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const refused = (reason: RegExp) => (error: unknown) =>
  error instanceof PolicyFileError && reason.test(error.message) && error.faults[0]?.line === 0;

test('writes the file once, for its owner alone, and never again', async (t) => {
  const path = policyPath(join(folder(t), 'profiles', 'work'));
  assert.equal(await readPolicyFile(path), undefined);
  assert.equal(await initPolicyFile(path), true);
  assert.equal((await stat(path)).mode & 0o077, 0);
  assert.deepEqual(await readPolicyFile(path), DEFAULT_SETTINGS);
  await writeFile(path, 'hours: [sat]\n');
  assert.equal(await initPolicyFile(path), false);
  assert.equal(await readFile(path, 'utf8'), 'hours: [sat]\n');
});

test('refuses what is no text of a sane size, and says why', async (t) => {
  const directory = folder(t);
  const path = policyPath(directory);
  const cases: readonly (readonly [content: string | Buffer, reason: RegExp])[] = [
    ['', /the file is empty: delete it/],
    [' \n\n', /the file is empty/],
    [`# ${'x'.repeat(64 * 1024)}\n`, /more than 64 KB/],
    [Buffer.from('\uFEFFhours: always', 'utf16le'), /saved as UTF-16: save it as UTF-8/],
    [Buffer.from([0x68, 0xff, 0xfe, 0xc3]), /not text in UTF-8/],
  ];
  for (const [content, reason] of cases) {
    await writeFile(path, content);
    await assert.rejects(readPolicyFile(path), refused(reason));
  }
});

test('follows a link to a file, and no other way out of its folder', async (t) => {
  const directory = folder(t);
  await writeFile(join(directory, 'dotfiles.yaml'), 'hours: [sat]\n');
  await symlink(join(directory, 'dotfiles.yaml'), join(directory, 'linked.yaml'));
  assert.deepEqual((await readPolicyFile(join(directory, 'linked.yaml')))?.hours, ['sat']);
  await mkdir(join(directory, 'folder.yaml'));
  await assert.rejects(readPolicyFile(join(directory, 'folder.yaml')), refused(/not a file|EISDIR/));
  await symlink('loop.yaml', join(directory, 'loop.yaml'));
  await assert.rejects(readPolicyFile(join(directory, 'loop.yaml')), refused(/cannot be read \(ELOOP\)/));
});

test('does not wait for a pipe or read a device', async (t) => {
  const path = join(folder(t), 'pipe.yaml');
  execFileSync('mkfifo', [path]);
  await assert.rejects(readPolicyFile(path), refused(/not a file/));
  await assert.rejects(readPolicyFile('/dev/zero'), refused(/not a file/));
});
