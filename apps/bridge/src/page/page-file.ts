import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const FILE = 'page.json';
const page = z.object({
  pid: z.int().positive(),
  port: z.int().min(1).max(65_535),
  /** Of this run of the bridge: whoever has it may see the page and pause. */
  token: z.string().min(32),
});
/** Where the status page of a running bridge is, for this person's other programs. */
export type PageFile = z.infer<typeof page>;

/** For this user's eyes only; written once, hence synchronously. */
export function writePageFile(directory: string, value: PageFile): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE);
  rmSync(`${path}.new`, { force: true }); // its mode would stay
  writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
  renameSync(`${path}.new`, path);
}

/** The page of the bridge that is up; undefined when there is none. */
export function readPageFile(directory: string): PageFile | undefined {
  try {
    const value = page.parse(JSON.parse(readFileSync(join(directory, FILE), 'utf8')));
    process.kill(value.pid, 0); // throws when that process is gone
    return value;
  } catch {
    return undefined;
  }
}

/** Removes it, unless another process has written its own meanwhile. */
export function clearPageFile(directory: string): void {
  if (readPageFile(directory)?.pid === process.pid) rmSync(join(directory, FILE), { force: true });
}
