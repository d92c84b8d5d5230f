import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const FILE = 'paused.json';
const KEY = 'person';
const stored = z.object({ since: z.iso.datetime() });

export interface PersonPauseOptions {
  /** Where the switch is kept: a pause outlives the bridge, until the person ends it. */
  directory: string;
  /** Whose answers stop. */
  daemon: { pause(key: string, detail: string): void; resume(key: string): void };
  now?: () => Date;
}

/** The person's own switch: pause and resume, kept over a restart. Written rarely and small, hence synchronously. */
export class PersonPause {
  readonly #options: PersonPauseOptions;
  #since: Date | undefined;

  constructor(options: PersonPauseOptions) {
    this.#options = options;
    this.#since = read(options.directory);
  }

  /** Goes on with the pause that the last process has left; true when there is one. */
  restore(): boolean {
    if (this.#since) this.#tell(this.#since);
    return this.#since !== undefined;
  }

  /** Since when; undefined while it is off. */
  get since(): Date | undefined {
    return this.#since;
  }

  /** Throws the system's error when it can't be kept; then nothing has changed. */
  pause(): void {
    if (this.#since) return;
    const { directory, now = () => new Date() } = this.#options;
    const since = now();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, FILE), `${JSON.stringify({ since: since.toISOString() })}\n`, { mode: 0o600 });
    this.#since = since;
    this.#tell(since);
  }

  /** Throws as above. */
  resume(): void {
    rmSync(join(this.#options.directory, FILE), { force: true });
    this.#since = undefined;
    this.#options.daemon.resume(KEY);
  }

  #tell(since: Date): void {
    const { daemon, now = () => new Date() } = this.#options;
    daemon.pause(KEY, `paused by you since ${clockTime(since, now())}`);
  }
}

/** Whether its person has paused the bridge of this folder. */
export function isPausedByPerson(directory: string): boolean {
  return read(directory) !== undefined;
}

/** 14:02, and the day where it was not today: "27 Nov, 14:02". */
function clockTime(time: Date, now: Date): string {
  const isToday = time.toDateString() === now.toDateString();
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  return time.toLocaleString('en-GB', isToday ? clock : { day: 'numeric', month: 'short', ...clock });
}

/** A file that can't be read is a pause all the same: better silent for once than answering against its person's will. */
function read(directory: string): Date | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, FILE), 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : new Date();
  }
  try {
    return new Date(stored.parse(JSON.parse(text)).since);
  } catch {
    return new Date();
  }
}
