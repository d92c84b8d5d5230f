import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const LINES = 200;
/** Lines are shorter on average; what is longer is cut off in front. */
const MAX_BYTES = 128 * 1024;

/** The last lines of the bridge's newest log; none when it keeps none. */
export async function recentLog(directory: string): Promise<readonly string[]> {
  const folder = join(directory, 'logs');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.log'));
  const files = await Promise.all(
    names.map(async (name) => ({
      path: join(folder, name),
      file: await stat(join(folder, name)).catch(() => undefined),
    })),
  );
  const newest = files
    .filter(({ file }) => file?.isFile())
    .toSorted((a, b) => (b.file?.mtimeMs ?? 0) - (a.file?.mtimeMs ?? 0))[0];
  if (!newest?.file) return [];
  await using handle = await open(newest.path, 'r');
  const start = Math.max(0, newest.file.size - MAX_BYTES);
  const buffer = Buffer.alloc(Math.min(newest.file.size, MAX_BYTES));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
  const lines = buffer.subarray(0, bytesRead).toString().split('\n');
  // The first one was cut in its middle, the last one is empty.
  return lines
    .slice(start > 0 ? 1 : 0)
    .filter(Boolean)
    .slice(-LINES);
}
