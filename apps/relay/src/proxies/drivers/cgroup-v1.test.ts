import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { CgroupFolder } from './cgroup-folder.ts';
import { CgroupV1 } from './cgroup-v1.ts';

const NAME = 'c2l-test';

/** Two folders that look like groups, one in each hierarchy. */
async function hierarchies(t: TestContext): Promise<{ memory: string; cpu: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'cgroup-v1-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [memory, cpu] = [join(folder, 'memory'), join(folder, 'cpu')];
  for (const each of [memory, cpu]) await mkdir(join(each, NAME), { recursive: true });
  return { memory, cpu };
}

// On a machine with version 1 the suite of process-driver.test.ts runs on it for real.
suite('cgroup v1, on folders that look like it', () => {
  test('a group that is made while it sweeps stays, though its process is not in it yet', async (t) => {
    const { memory, cpu } = await hierarchies(t);
    const groups = new CgroupV1({ memory, cpu }, NAME);
    await mkdir(join(cpu, NAME, 'worker-1'));
    t.mock.method(CgroupFolder.prototype, 'children', async function (this: CgroupFolder) {
      if (this.path === join(cpu, NAME)) {
        await groups.admit(77);
        const made = (await readdir(this.path)).find((name) => name.startsWith('worker-77-')) ?? '';
        await rm(join(this.path, made, 'cgroup.procs'));
      }
      return await readdir(this.path);
    });
    assert.equal(await groups.sweep(), 1);
    const left = await readdir(join(cpu, NAME));
    assert.equal(left.length, 1);
    assert.match(left[0] ?? '', /^worker-77-/);
  });
});
