import { basename, dirname, join } from 'node:path';
import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';
import { CgroupFolder, placeName } from './cgroup-folder.ts';
import { type Confined, type Confinement, ConfinementUnavailable } from './confinement.ts';
import { cpuQuota } from './cpu-quota.ts';
import type { WorkerSpec, WorkerUsage } from './proxy-driver.ts';

/** Where the relay itself sits, so that its service's group may have groups: `DelegateSubgroup=` of systemd. */
export const RELAY_SUBGROUP = 'c2l-relay';

/**
 * Finds the group below which this process may have groups, and has the controllers handed down to it
 * (https://docs.kernel.org/admin-guide/cgroup-v2.html, "No Internal Process Constraint"): a group with processes in it
 * can't, so the relay steps down into a subgroup when it is alone in its own, and never moves anybody else.
 * @param own folder of the process's own group.
 * @throws ConfinementUnavailable when nobody delegated one.
 */
export async function delegatedGroup(own: string, pid = process.pid): Promise<CgroupFolder> {
  if (basename(own) === RELAY_SUBGROUP) return new CgroupFolder(dirname(own));
  const group = new CgroupFolder(own);
  const controllers = ((await group.read('cgroup.controllers')) ?? '').split(/\s+/);
  if (!controllers.includes('memory')) {
    throw new ConfinementUnavailable('the memory controller of cgroup v2 is not handed down to the relay');
  }
  const processes = await group.processes();
  if (processes.some((each) => each !== pid)) {
    throw new ConfinementUnavailable('the relay shares its group of cgroup v2 with other processes');
  }
  const subgroup = await new CgroupFolder(join(own, RELAY_SUBGROUP)).make().catch(unavailable);
  if (processes.length > 0) await subgroup.write('cgroup.procs', pid).catch(unavailable);
  return group;
}

/** Lets the groups in this one have limits; says whether of processor time too. */
async function handDown(group: CgroupFolder): Promise<{ cpu: boolean }> {
  await group.write('cgroup.subtree_control', '+memory').catch(unavailable);
  return { cpu: await group.writeIfThere('cgroup.subtree_control', '+cpu') };
}

function unavailable(cause: unknown): never {
  throw new ConfinementUnavailable('the group of cgroup v2 is not delegated to the relay', { cause });
}

/** Groups of version 2, in one named `name` of a group that was delegated. */
export class CgroupV2 implements Confinement {
  readonly enforcement: ProxyEnforcement;
  readonly #parent: CgroupFolder;
  readonly #inUse = new Set<string>();

  private constructor(parent: CgroupFolder, hasCpu: boolean) {
    this.#parent = parent;
    this.enforcement = { memory: 'cgroup-v2', cpu: hasCpu ? 'cgroup-v2' : 'none' };
  }

  /** @throws ConfinementUnavailable when the memory controller can't be handed down. */
  static async open(delegated: CgroupFolder, name: string): Promise<CgroupV2> {
    const outer = await handDown(delegated);
    const parent = await new CgroupFolder(join(delegated.path, name)).make().catch(unavailable);
    const inner = await handDown(parent);
    return new CgroupV2(parent, outer.cpu && inner.cpu);
  }

  async admit(pid: number): Promise<Confined> {
    const folder = new CgroupFolder(join(this.#parent.path, placeName(pid)));
    this.#inUse.add(folder.path);
    const place = new CgroupV2Place(folder, this.enforcement.cpu === 'cgroup-v2', () =>
      this.#inUse.delete(folder.path),
    );
    try {
      await folder.make();
      await folder.write('cgroup.procs', pid);
    } catch (error) {
      await place.release();
      throw error;
    }
    return place;
  }

  async sweep(): Promise<number> {
    let removed = 0;
    for (const name of await this.#parent.children()) {
      const folder = new CgroupFolder(join(this.#parent.path, name));
      if (this.#inUse.has(folder.path) || (await folder.processes()).length > 0) continue;
      if (await folder.remove(1)) removed++;
    }
    return removed;
  }

  async close(): Promise<void> {
    await this.#parent.remove(1);
  }
}

class CgroupV2Place implements Confined {
  readonly #folder: CgroupFolder;
  readonly #hasCpu: boolean;
  readonly #released: () => void;

  constructor(folder: CgroupFolder, hasCpu: boolean, released: () => void) {
    this.#folder = folder;
    this.#hasCpu = hasCpu;
    this.#released = released;
  }

  async limit({ memoryBytes, cpus }: WorkerSpec): Promise<void> {
    await this.#folder.write('memory.max', memoryBytes);
    await this.#folder.writeIfThere('memory.swap.max', 0);
    if (!this.#hasCpu) return;
    const { periodUs, quotaUs } = cpuQuota(cpus);
    await this.#folder.write('cpu.max', `${quotaUs} ${periodUs}`);
  }

  async usage(): Promise<WorkerUsage | undefined> {
    const [used, fileCache, cpuMicroseconds] = await Promise.all([
      this.#folder.read('memory.current'),
      this.#folder.readField('memory.stat', 'inactive_file'),
      this.#folder.readField('cpu.stat', 'usage_usec'),
    ]);
    if (used === undefined || cpuMicroseconds === undefined) return undefined;
    // Read files that the kernel lets go of before anything else are nobody's need.
    return { memoryBytes: Math.max(0, Number(used) - (fileCache ?? 0)), cpuSeconds: cpuMicroseconds / 1_000_000 };
  }

  async ranOutOfMemory(): Promise<boolean> {
    return ((await this.#folder.readField('memory.events', 'oom_kill')) ?? 0) > 0;
  }

  async release(): Promise<void> {
    await this.#folder.remove();
    this.#released();
  }
}
