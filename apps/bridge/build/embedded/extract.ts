import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { getAsset } from 'node:sea';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Writes a native file out of the single executable, since neither the system's loader nor a new process can take it from
 * inside. Its folder is new and this person's alone, so that nobody else can put another file there, and goes with the
 * process at the latest.
 */
export function extract(name: string): { path: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtolocalllm-'));
  const path = join(folder, name);
  const remove = (): void => {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Windows keeps what is loaded until the process has ended.
    }
  };
  process.once('exit', remove);
  writeFileSync(path, Buffer.from(getAsset(`native/${name}`)), { mode: 0o700 });
  return { path, remove };
}
