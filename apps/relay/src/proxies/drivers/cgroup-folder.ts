import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that was killed leaves its group a moment after its end is told: EBUSY until then. */
const REMOVE_ATTEMPTS = 60;
const REMOVE_RETRY_MS = 25;

/** Of a process's group: never one that a process with the same id has left behind, with its limits and counts. */
export function placeName(pid: number): string {
  return `worker-${pid}-${randomUUID().slice(0, 8)}`;
}

/** One group of processes: a folder of the kernel's, whose files are its settings. */
export class CgroupFolder {
  path: string;

  constructor(path: string) {
    this.path = path;
  }

  async make(): Promise<this> {
    await mkdir(this.path, { recursive: true });
    return this;
  }

  /** Version 1 alone lets groups be renamed. */
  async rename(name: string): Promise<void> {
    const path = join(dirname(this.path), name);
    await rename(this.path, path);
    this.path = path;
  }

  async write(file: string, value: string | number): Promise<void> {
    await writeFile(join(this.path, file), String(value));
  }

  /** For a setting that not every kernel has: false when it was not taken. */
  async writeIfThere(file: string, value: string | number): Promise<boolean> {
    return await this.write(file, value).then(
      () => true,
      () => false,
    );
  }

  /** Undefined when the file, or the group, is not there. */
  async read(file: string): Promise<string | undefined> {
    return await readFile(join(this.path, file), 'utf8').catch(() => undefined);
  }

  /** The value of a line such as `oom_kill 1`. */
  async readField(file: string, field: string): Promise<number | undefined> {
    const text = await this.read(file);
    const line = text?.split('\n').find((each) => each.startsWith(`${field} `));
    return line === undefined ? undefined : Number(line.slice(field.length + 1));
  }

  async processes(): Promise<number[]> {
    const text = (await this.read('cgroup.procs')) ?? '';
    return text.split('\n').filter(Boolean).map(Number);
  }

  /** Names of the groups in it. */
  async children(): Promise<string[]> {
    const entries = await readdir(this.path, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  }

  /** Removes it, waiting for a process that is just ending; false when it stays: something lives in it. */
  async remove(attempts = REMOVE_ATTEMPTS): Promise<boolean> {
    for (let left = attempts; left > 0; left--) {
      try {
        await rmdir(this.path);
        return true;
      } catch (error) {
        // as: what a system call throws
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
        if (left > 1) await sleep(REMOVE_RETRY_MS);
      }
    }
    return false;
  }
}
