import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { CgroupFolder } from './cgroup-folder.ts';
import { CgroupV2, delegatedGroup, RELAY_SUBGROUP } from './cgroup-v2.ts';
import { spec } from './contract-path.ts';

const OWN_PID = 4242;

/** A folder with the files of a group of cgroup v2. */
async function group(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cgroup-v2-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const DELEGATED = { 'cgroup.controllers': 'cpu io memory pids\n', 'cgroup.procs': `${OWN_PID}\n` };

// The machine that this was written on has its controllers in version 1: where version 2 is delegated, the suite of
// process-driver.test.ts runs on it for real.
suite('cgroup v2, on a folder that looks like one', () => {
  test('alone in its group, the relay steps down into a subgroup', async (t) => {
    const own = await group(t, DELEGATED);
    assert.equal((await delegatedGroup(own, OWN_PID)).path, own);
    assert.equal(await readFile(join(own, RELAY_SUBGROUP, 'cgroup.procs'), 'utf8'), String(OWN_PID));
  });

  test('in the subgroup that systemd made, it uses the group above', async (t) => {
    const service = await group(t, { ...DELEGATED, 'cgroup.procs': '' });
    await mkdir(join(service, RELAY_SUBGROUP));
    assert.equal((await delegatedGroup(join(service, RELAY_SUBGROUP), OWN_PID)).path, service);
  });

  test('in a group with others, it moves nobody and has none', async (t) => {
    const own = await group(t, { ...DELEGATED, 'cgroup.procs': `1\n${OWN_PID}\n` });
    await assert.rejects(delegatedGroup(own, OWN_PID), /shares its group/);
    await assert.rejects(readFile(join(own, RELAY_SUBGROUP, 'cgroup.procs')));
  });

  test('without the memory controller it has none', async (t) => {
    const own = await group(t, { ...DELEGATED, 'cgroup.controllers': 'hugetlb\n' });
    await assert.rejects(delegatedGroup(own, OWN_PID), /memory controller of cgroup v2 is not handed down/);
  });

  test('writes limits and reads figures as the kernel has them', async (t) => {
    const delegated = await group(t, DELEGATED);
    const groups = await CgroupV2.open(new CgroupFolder(delegated), 'c2l-test');
    assert.deepEqual(groups.enforcement, { memory: 'cgroup-v2', cpu: 'cgroup-v2' });
    const place = await groups.admit(77);
    const [name = ''] = await new CgroupFolder(join(delegated, 'c2l-test')).children();
    assert.match(name, /^worker-77-/);
    const folder = join(delegated, 'c2l-test', name);
    assert.equal(await readFile(join(folder, 'cgroup.procs'), 'utf8'), '77');

    await place.limit(spec({ memoryBytes: 64 * 1024 * 1024, cpus: 0.5 }));
    assert.equal(await readFile(join(folder, 'memory.max'), 'utf8'), '67108864');
    assert.equal(await readFile(join(folder, 'memory.swap.max'), 'utf8'), '0');
    assert.equal(await readFile(join(folder, 'cpu.max'), 'utf8'), '10000 20000');

    await writeFile(join(folder, 'memory.current'), '30000000\n');
    await writeFile(join(folder, 'memory.stat'), 'anon 1\ninactive_file 10000000\nactive_file 5\n');
    await writeFile(join(folder, 'cpu.stat'), 'usage_usec 1500000\nuser_usec 1\n');
    assert.deepEqual(await place.usage(), { memoryBytes: 20_000_000, cpuSeconds: 1.5 });

    assert.equal(await place.ranOutOfMemory(), false);
    await writeFile(join(folder, 'memory.events'), 'oom 1\noom_kill 1\n');
    assert.equal(await place.ranOutOfMemory(), true);
  });

  test('sweeps groups without processes that are not in use, and no others', async (t) => {
    const delegated = await group(t, DELEGATED);
    const groups = await CgroupV2.open(new CgroupFolder(delegated), 'c2l-test');
    const parent = new CgroupFolder(join(delegated, 'c2l-test'));
    await groups.admit(77);
    await mkdir(join(parent.path, 'worker-1'));
    await mkdir(join(parent.path, 'worker-2'));
    await writeFile(join(parent.path, 'worker-2', 'cgroup.procs'), '2\n');
    assert.equal(await groups.sweep(), 1);
    const left = (await parent.children()).toSorted();
    assert.equal(left.length, 2);
    assert.match(left.join(' '), /^worker-2 worker-77-/);
  });
});
