import { join } from 'node:path';
import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';
import { CgroupFolder, placeName } from './cgroup-folder.ts';
import type { CgroupFolders } from './cgroup-mounts.ts';
import type { Confined, Confinement } from './confinement.ts';
import { ConfinementUnavailable } from './confinement.ts';
import { cpuQuota } from './cpu-quota.ts';
import { processCpuSeconds } from './process-files.ts';
import type { WorkerSpec, WorkerUsage } from './proxy-driver.ts';

/**
 * Groups of version 1: memory in one hierarchy, processor time in another
 * (https://docs.kernel.org/admin-guide/cgroup-v1/memory.html). Below the relay's own groups, in one named `name`.
 * @throws ConfinementUnavailable without the memory controller.
 */
export class CgroupV1 implements Confinement {
  readonly enforcement: ProxyEnforcement;
  readonly #memory: CgroupFolder;
  readonly #cpu: CgroupFolder | undefined;
  readonly #inUse = new Set<CgroupV1Place>();

  constructor({ memory, cpu }: Pick<CgroupFolders, 'memory' | 'cpu'>, name: string) {
    if (memory === undefined) throw new ConfinementUnavailable('the memory controller of cgroup v1 is not mounted');
    this.#memory = new CgroupFolder(join(memory, name));
    this.#cpu = cpu === undefined ? undefined : new CgroupFolder(join(cpu, name));
    this.enforcement = { memory: 'cgroup-v1', cpu: this.#cpu === undefined ? 'none' : 'cgroup-v1' };
  }

  async admit(pid: number): Promise<Confined> {
    const name = placeName(pid);
    const memory = new CgroupFolder(join(this.#memory.path, name));
    const cpu = this.#cpu === undefined ? undefined : new CgroupFolder(join(this.#cpu.path, name));
    const place = new CgroupV1Place(pid, memory, cpu, () => this.#inUse.delete(place));
    this.#inUse.add(place);
    try {
      await Promise.all(place.folders.map((folder) => folder.make()));
      await Promise.all(place.folders.map((folder) => folder.write('cgroup.procs', pid)));
    } catch (error) {
      await place.release();
      throw error;
    }
    return place;
  }

  async sweep(): Promise<number> {
    const removed = new Set<string>();
    for (const parent of [this.#memory, this.#cpu]) {
      for (const name of (await parent?.children()) ?? []) {
        const folder = new CgroupFolder(join(parent!.path, name)); // it has children
        // Asked for each: one that is just being made has no process in it yet.
        if (this.#isInUse(folder) || (await folder.processes()).length > 0) continue;
        if (await folder.remove(1)) removed.add(name);
      }
    }
    return removed.size;
  }

  #isInUse({ path }: CgroupFolder): boolean {
    return [...this.#inUse].some(({ folders }) => folders.some((folder) => folder.path === path));
  }

  async close(): Promise<void> {
    await Promise.all([this.#memory.remove(1), this.#cpu?.remove(1)]);
  }
}

class CgroupV1Place implements Confined {
  readonly #pid: number;
  readonly #memory: CgroupFolder;
  readonly #cpu: CgroupFolder | undefined;
  readonly #released: () => void;

  constructor(pid: number, memory: CgroupFolder, cpu: CgroupFolder | undefined, released: () => void) {
    this.#pid = pid;
    this.#memory = memory;
    this.#cpu = cpu;
    this.#released = released;
  }

  get folders(): CgroupFolder[] {
    return this.#cpu === undefined ? [this.#memory] : [this.#memory, this.#cpu];
  }

  async limit({ proxyId, memoryBytes, cpus }: WorkerSpec): Promise<void> {
    await Promise.all([this.#limitMemory(memoryBytes), this.#limitCpu(cpus)]);
    await Promise.all(this.folders.map((folder) => folder.rename(proxyId)));
  }

  async #limitMemory(bytes: number): Promise<void> {
    await this.#memory.write('memory.limit_in_bytes', bytes);
    // Together with swap it may have no more; and where that is not counted, it may not swap.
    await this.#memory.writeIfThere('memory.memsw.limit_in_bytes', bytes);
    await this.#memory.writeIfThere('memory.swappiness', 0);
  }

  async #limitCpu(cpus: number): Promise<void> {
    if (this.#cpu === undefined) return;
    const { periodUs, quotaUs } = cpuQuota(cpus);
    await this.#cpu.write('cpu.cfs_period_us', periodUs);
    await this.#cpu.write('cpu.cfs_quota_us', quotaUs);
  }

  async usage(): Promise<WorkerUsage | undefined> {
    const [used, fileCache, cpuSeconds] = await Promise.all([
      this.#memory.read('memory.usage_in_bytes'),
      this.#memory.readField('memory.stat', 'total_inactive_file'),
      processCpuSeconds(this.#pid),
    ]);
    if (used === undefined || cpuSeconds === undefined) return undefined;
    // Read files that the kernel lets go of before anything else are nobody's need.
    return { memoryBytes: Math.max(0, Number(used) - (fileCache ?? 0)), cpuSeconds };
  }

  async ranOutOfMemory(): Promise<boolean> {
    return ((await this.#memory.readField('memory.oom_control', 'oom_kill')) ?? 0) > 0;
  }

  async release(): Promise<void> {
    await Promise.all(this.folders.map((folder) => folder.remove()));
    this.#released();
  }
}
