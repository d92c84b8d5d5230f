import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupFolders } from './cgroup-mounts.ts';

const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
const V1_MEMORY = '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory';
const V1_CPU = '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct';

test('finds the own group of version 2', () => {
  assert.deepEqual(cgroupFolders(V2, '0::/system.slice/relay.service\n'), {
    memory: undefined,
    cpu: undefined,
    unified: '/sys/fs/cgroup/system.slice/relay.service',
  });
});

test('finds the own groups of version 1, each in its hierarchy, beside a version 2 without controllers', () => {
  const mounts = [V1_CPU, V1_MEMORY, V2.replace('/sys/fs/cgroup', '/sys/fs/cgroup/unified')].join('\n');
  assert.deepEqual(cgroupFolders(mounts, '4:memory:/one/two\n2:cpu,cpuacct:/\n1:name=systemd:/x\n0::/\n'), {
    memory: '/sys/fs/cgroup/memory/one/two',
    cpu: '/sys/fs/cgroup/cpu,cpuacct',
    unified: '/sys/fs/cgroup/unified',
  });
});

test('in a container that sees a part of a hierarchy, stays in that part', () => {
  const mount = V1_MEMORY.replace(' / /sys', ' /docker/abc /sys');
  assert.equal(cgroupFolders(mount, '4:memory:/docker/abc/inner').memory, '/sys/fs/cgroup/memory/inner');
  assert.equal(cgroupFolders(mount, '4:memory:/docker/abc').memory, '/sys/fs/cgroup/memory');
  assert.equal(cgroupFolders(mount, '4:memory:/elsewhere').memory, '/sys/fs/cgroup/memory');
});

test('understands mount points with spaces', () => {
  const folders = cgroupFolders(V2.replace('/sys/fs/cgroup', '/my\\040groups'), '0::/relay');
  assert.equal(folders.unified, '/my groups/relay');
});

test('finds none where none is mounted, as on other systems', () => {
  assert.deepEqual(cgroupFolders('', ''), { memory: undefined, cpu: undefined, unified: undefined });
});
