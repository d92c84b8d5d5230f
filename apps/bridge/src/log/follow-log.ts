import { entriesOf, openLog, type LogFile, type LogFilter } from './read-log.ts';
import type { LogEntry } from './log-entry.ts';

const CHUNK_BYTES = 64 * 1024;

export interface FollowOptions {
  directory: string;
  filter: LogFilter;
  /** Resolves when it is time to look again; rejects or resolves when the signal aborts. */
  pause(): Promise<void>;
  signal: AbortSignal;
}

/**
 * Gives entries as they are written, from where the last file was read to, until the signal; closes that file. One that
 * was rotated away is read to its end before the next.
 */
export async function* followLog(last: LogFile | undefined, options: FollowOptions): AsyncGenerator<LogEntry> {
  const { directory, filter, pause, signal } = options;
  let current = last;
  try {
    while (!signal.aborted) {
      // Listed before ours is read: what is written to it until it is rotated away is then not missed.
      const files = await openLog(directory);
      const index = files.findIndex(({ inode }) => inode === current?.inode);
      if (index >= 0) await files[index]!.handle.close(); // found at it
      if (current) yield* entriesOf(await newLines(current), filter);
      for (const [at, file] of files.entries()) {
        if (at < index) await file.handle.close();
        if (at <= index) continue;
        await current?.handle.close();
        current = file;
        yield* entriesOf(await newLines(current), filter);
      }
      await pause();
    }
  } finally {
    await current?.handle.close();
  }
}

/** Whole lines that were added since. */
async function newLines(file: LogFile): Promise<string[]> {
  const parts: Buffer[] = [];
  let position = file.position;
  for (;;) {
    const { buffer, bytesRead } = await file.handle.read({ buffer: Buffer.alloc(CHUNK_BYTES), position });
    if (bytesRead === 0) break;
    position += bytesRead;
    parts.push(buffer.subarray(0, bytesRead));
  }
  const bytes = Buffer.concat(parts);
  const end = bytes.lastIndexOf('\n') + 1;
  file.position += end;
  return bytes.toString('utf8', 0, end).split('\n');
}
