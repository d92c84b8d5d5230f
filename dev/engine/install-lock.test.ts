import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeInstallLock } from './install-lock.ts';

test('lets one process install at a time and takes over from a dead one', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'install-lock-'));
  context.after(() => rm(directory, { recursive: true }));
  const lock = join(directory, 'lock');
  await mkdir(lock);
  await writeFile(join(lock, 'pid'), '0');
  await utimes(lock, new Date(0), new Date(0));

  const events: string[] = [];
  const first = await takeInstallLock(lock);
  const second = (async () => {
    await using _ = await takeInstallLock(lock);
    events.push('second');
  })();
  events.push('first');
  await first[Symbol.asyncDispose]();
  await second;
  assert.deepEqual(events, ['first', 'second']);
  assert.deepEqual(await readdir(directory), []);
});
