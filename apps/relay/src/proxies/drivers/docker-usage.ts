import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CgroupFolder } from './cgroup-folder.ts';
import { cgroupFolders } from './cgroup-mounts.ts';
import { processCpuSeconds } from './process-files.ts';
import type { WorkerUsage } from './proxy-driver.ts';

/** What the kernel says of a container, in the files of its control groups. */
export interface ContainerGroups {
  /** Undefined when it is gone. */
  usage(): Promise<WorkerUsage | undefined>;
  /**
   * Whether the kernel ended its process for want of memory. Reads at once: Docker removes the groups some milliseconds
   * after that.
   */
  ranOutOfMemory(): boolean;
}

/**
 * Finds a container's groups, if this machine's files show them. Docker itself takes up to a second to say what a
 * container uses, and now and then forgets why one ended.
 */
export async function containerGroups(containerId: string, pid: number): Promise<ContainerGroups | undefined> {
  const files = ['/proc/self/mountinfo', `/proc/${pid}/cgroup`];
  const [mountInfo = '', groups = ''] = await Promise.all(
    files.map(async (file) => await readFile(file, 'utf8').catch(() => '')),
  );
  const { memory, unified } = cgroupFolders(mountInfo, groups);
  // A relay in a container of its own sees other processes under these ids, and other groups.
  if (memory?.includes(containerId) === true) return groupsV1(new CgroupFolder(memory), pid);
  if (unified?.includes(containerId) === true) return groupsV2(new CgroupFolder(unified));
  return undefined;
}

function groupsV1(memory: CgroupFolder, pid: number): ContainerGroups {
  return {
    usage: () => usageV1(memory, pid),
    ranOutOfMemory: () => hasKilled(join(memory.path, 'memory.oom_control')),
  };
}

function groupsV2(group: CgroupFolder): ContainerGroups {
  return {
    usage: () => usageV2(group),
    ranOutOfMemory: () => hasKilled(join(group.path, 'memory.events')),
  };
}

function hasKilled(file: string): boolean {
  try {
    return /^oom_kill [1-9]/m.test(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}

async function usageV1(memory: CgroupFolder, pid: number): Promise<WorkerUsage | undefined> {
  const [used, cached, cpuSeconds] = await Promise.all([
    memory.read('memory.usage_in_bytes'),
    memory.readField('memory.stat', 'total_inactive_file'),
    processCpuSeconds(pid),
  ]);
  if (used === undefined || cpuSeconds === undefined) return undefined;
  return { memoryBytes: withoutCache(used, cached), cpuSeconds };
}

async function usageV2(group: CgroupFolder): Promise<WorkerUsage | undefined> {
  const [used, cached, cpuMicroseconds] = await Promise.all([
    group.read('memory.current'),
    group.readField('memory.stat', 'inactive_file'),
    group.readField('cpu.stat', 'usage_usec'),
  ]);
  if (used === undefined || cpuMicroseconds === undefined) return undefined;
  return { memoryBytes: withoutCache(used, cached), cpuSeconds: cpuMicroseconds / 1_000_000 };
}

/** Files that were read are no need of the process: as `docker stats` has it. */
function withoutCache(used: string, cached = 0): number {
  return Math.max(0, Number(used) - cached);
}
