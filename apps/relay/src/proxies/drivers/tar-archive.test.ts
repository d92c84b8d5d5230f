import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { type TarEntry, tarArchive } from './tar-archive.ts';

test('an archive is what tar itself reads, and the same again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tar-archive-'));
  t.after(() => rm(folder, { recursive: true }));
  const source = join(folder, 'source');
  // Longer than a block and than what is read at a time.
  await writeFile(source, 'x'.repeat(200_001));
  const entries: TarEntry[] = [
    { type: 'folder', name: '/some' },
    { type: 'text', name: '/some/text', text: 'Grüße' },
    { type: 'file', name: '/some/program', source, mode: 0o755 },
  ];
  const archive = await buffer(tarArchive(entries));
  await chmod(source, 0o600);
  assert.deepEqual(await buffer(tarArchive(entries)), archive);
  execFileSync('tar', ['-x', '-f', '-', '-C', folder], { input: archive });
  assert.equal(await readFile(join(folder, 'some/text'), 'utf8'), 'Grüße');
  assert.deepEqual(await readFile(join(folder, 'some/program')), await readFile(source));
  assert.equal((await stat(join(folder, 'some/program'))).mode & 0o777, 0o755);
});

test('a path that is too long for an archive is refused', async () => {
  const name = `/${'long'.repeat(30)}`;
  await assert.rejects(buffer(tarArchive([{ type: 'text', name, text: '' }])), /its path is too long/);
});
