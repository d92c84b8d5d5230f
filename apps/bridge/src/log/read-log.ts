import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { LOG_FILE, LOG_FILES, logFolder } from './bridge-log.ts';
import { isAtLeast, readEntry, type LogEntry } from './log-entry.ts';
import type { LogLevel } from './log-levels.ts';

/** Above what a file can grow to: a line more than its size. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export interface LogFilter {
  /** Milliseconds since 1970; undefined = all. */
  since?: number | undefined;
  level?: LogLevel | undefined;
}

/** One of the log's files, held open: a rotation renames it and changes nothing for its reader. */
export interface LogFile {
  handle: FileHandle;
  inode: bigint;
  /** How far it was read: behind the end of a line. */
  position: number;
}

/** Opens all files of a log, the oldest first; none when there is no log yet. */
export async function openLog(directory: string): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for (let index = LOG_FILES - 1; index >= 0; index--) {
    const name = index === 0 ? LOG_FILE : `${LOG_FILE}.${index}`;
    const handle = await open(join(logFolder(directory), name), 'r').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (!handle) continue;
    const { ino } = await handle.stat({ bigint: true });
    // It was rotated while we looked.
    if (files.some(({ inode }) => inode === ino)) await handle.close();
    else files.push({ handle, inode: ino, position: 0 });
  }
  return files;
}

/** The last `count` entries that pass the filter, the oldest first, over all files. Throws when a file can't be read. */
export async function lastEntries(files: readonly LogFile[], count: number, filter: LogFilter): Promise<LogEntry[]> {
  const newestFirst: LogEntry[] = [];
  for (const file of files.toReversed()) {
    // The newest is read in any case: whoever follows goes on from there.
    if (newestFirst.length >= count && file !== files.at(-1)) break;
    const { size } = await file.handle.stat();
    const { buffer, bytesRead } = await file.handle.read({
      buffer: Buffer.alloc(Math.min(size, MAX_FILE_BYTES)),
      position: 0,
    });
    file.position = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
    newestFirst.push(...entriesOf(buffer.toString('utf8', 0, file.position).split('\n'), filter).toReversed());
  }
  return newestFirst.slice(0, count).toReversed();
}

/** The entries among lines, as far as they pass. */
export function entriesOf(lines: readonly string[], { since, level }: LogFilter): LogEntry[] {
  return lines.flatMap((line) => {
    const entry = readEntry(line);
    if (!entry || (level && !isAtLeast(entry, level))) return [];
    return since !== undefined && Date.parse(entry.time) < since ? [] : [entry];
  });
}
