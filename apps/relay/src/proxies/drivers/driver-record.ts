import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'drivers';

/**
 * Which drivers have run in a data folder, one a line, such as `docker /var/run/docker.sock`: after a crash each of them
 * may have left something, whichever is configured now.
 */
export class DriverRecord {
  readonly #folder: string;
  readonly #drivers: Set<string>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, drivers: Set<string>) {
    this.#folder = folder;
    this.#drivers = drivers;
  }

  static async read(folder: string): Promise<DriverRecord> {
    const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return new DriverRecord(folder, new Set(text.split('\n').filter(Boolean)));
  }

  get drivers(): string[] {
    return [...this.#drivers];
  }

  /** To be awaited before the driver starts. */
  async add(driver: string): Promise<void> {
    if (this.#drivers.has(driver)) return;
    this.#drivers.add(driver);
    await this.#write();
  }

  /** It has left nothing. */
  async remove(driver: string): Promise<void> {
    this.#drivers.delete(driver);
    await this.#write();
  }

  /** One after another: the last one writes what is so then. */
  #write(): Promise<void> {
    const writing = this.#writing.then(() => this.#writeNow());
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  async #writeNow(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, FILE);
    await writeFile(`${path}.new`, this.drivers.map((driver) => `${driver}\n`).join(''));
    await rename(`${path}.new`, path);
  }
}
