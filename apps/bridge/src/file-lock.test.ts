import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { withFileLock } from './file-lock.ts';

async function lockFile(t: TestContext): Promise<{ directory: string; path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return { directory, path: join(directory, 'lock') };
}

/** Another process that takes the lock, says so, and holds it until its input ends, with the file's text in mind. */
function otherProcess(path: string, work: string) {
  const script = `
    import { appendFile, readFile } from 'node:fs/promises';
    import { withFileLock } from ${JSON.stringify(new URL('file-lock.ts', import.meta.url).href)};
    const path = ${JSON.stringify(path)};
    ${work}`;
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

test('lets one at a time work, also across processes', async (t) => {
  const { directory, path } = await lockFile(t);
  const journal = join(directory, 'journal');
  const work = `
    for (let turn = 0; turn < 10; turn++) await withFileLock(path, async () => {
      await appendFile(path + '.journal', 'in ');
      await new Promise((resolve) => setImmediate(resolve));
      await appendFile(path + '.journal', 'out ');
    });`;
  const others = Array.from({ length: 3 }, () =>
    otherProcess(path, work.replaceAll("path + '.journal'", JSON.stringify(journal))),
  );
  const own = Array.from({ length: 10 }, () =>
    withFileLock(path, async () => {
      await appendFile(journal, 'in ');
      await appendFile(journal, 'out ');
    }),
  );
  const ends = await Promise.all([...others.map((child) => once(child, 'exit')), ...own]);
  assert.deepEqual(ends.slice(0, 3), [
    [0, null],
    [0, null],
    [0, null],
  ]);
  assert.equal(await readFile(journal, 'utf8'), 'in out '.repeat(40));
  assert.deepEqual(await readdir(directory), ['journal']);
});

test('is free again as soon as its holder is killed', async (t) => {
  const { path } = await lockFile(t);
  const child = otherProcess(
    path,
    `await withFileLock(path, async () => { console.log('held'); await new Promise((resolve) => setTimeout(resolve, 3e6)); });`,
  );
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await withFileLock(path, async () => 'mine'), 'mine');
});

test('is free when it is older than any holder, whatever has the process id now', async (t) => {
  const { path } = await lockFile(t);
  await writeFile(path, `${process.pid} before the restart`);
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(path, longAgo, longAgo);
  assert.equal(await withFileLock(path, async () => 'mine'), 'mine');
});

test('is free again when the work fails', async (t) => {
  const { directory, path } = await lockFile(t);
  await assert.rejects(
    withFileLock(path, () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  assert.deepEqual(await readdir(directory), []);
});
