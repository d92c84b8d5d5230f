import assert from 'node:assert/strict';
import { mkdtemp, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { trayProgram } from './tray-program.ts';

async function setUp(t: TestContext, library?: string) {
  const directory = await mkdtemp(join(tmpdir(), 'bridge-tray-'));
  t.after(() => rm(directory, { recursive: true }));
  if (library) await writeFile(join(directory, library), '');
  const base = { directory, platform: 'linux x64', libraryFolders: ['/does/not/exist', directory] };
  return { directory, base };
}

const environment = { DISPLAY: ':0', HOME: '/home/x' };

test('copies the program to where only its person may run it', async (t) => {
  const { directory, base } = await setUp(t, 'libappindicator3.so.1');
  for (let time = 0; time < 2; time++) {
    const { path, env } = await trayProgram({ ...base, environment });
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    assert.ok((await stat(path)).size > 1_000_000);
    assert.equal((await stat(join(directory, 'tray'))).mode & 0o777, 0o700);
    assert.deepEqual(env, environment, 'nothing is needed beside it');
  }
});

test('puts another name to the library where only its successor is installed, for the program alone', async (t) => {
  const { directory, base } = await setUp(t, 'libayatana-appindicator3.so.1');
  const libraries = join(directory, 'tray', 'lib');
  const first = await trayProgram({ ...base, environment });
  assert.deepEqual(first.env, { ...environment, LD_LIBRARY_PATH: libraries });
  const more = await trayProgram({ ...base, environment: { ...environment, LD_LIBRARY_PATH: '/own' } });
  assert.equal(more.env['LD_LIBRARY_PATH'], `${libraries}:/own`);
  assert.equal(
    await readlink(join(libraries, 'libappindicator3.so.1')),
    join(directory, 'libayatana-appindicator3.so.1'),
  );
});

test('says what to install, what to start or that there is none', async (t) => {
  const { base } = await setUp(t);
  await assert.rejects(
    trayProgram({ ...base, environment }),
    /Debian, Ubuntu: sudo apt-get install libayatana-appindicator3-1/,
  );
  await assert.rejects(trayProgram({ ...base, environment: {} }), /there is no desktop here/);
  await assert.rejects(trayProgram({ ...base, environment, platform: 'linux riscv64' }), /none for linux riscv64/);
});
