import { withoutSecrets } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { printable } from '../printable.ts';
import { LOG_LEVELS, type LogLevel } from './log-levels.ts';

/** One line of the bridge's log. Fields that a later version adds are ignored. */
const logEntry = z.object({
  /** ISO 8601, in UTC. */
  time: z.iso.datetime(),
  level: z.enum(LOG_LEVELS),
  message: z.string(),
});
export type LogEntry = z.infer<typeof logEntry>;

/** Longer than anything the bridge says; a stack has its place in it. */
const MAX_MESSAGE_CHARACTERS = 4_000;

/** A line of the log, with its end: JSON, so that a stack stays one line. What looks like a secret is left out. */
export function writeEntry({ time, level, message }: LogEntry): string {
  // Cut off behind the search: the beginning of a secret would not be known for one.
  const safe = withoutSecrets(message.slice(0, 2 * MAX_MESSAGE_CHARACTERS)).slice(0, MAX_MESSAGE_CHARACTERS);
  return `${JSON.stringify({ time, level, message: safe })}\n`;
}

/** Reads a line; undefined for one that is none, such as what a power cut left half written. */
export function readEntry(line: string): LogEntry | undefined {
  try {
    return logEntry.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** As a person reads it: time, level, message; a stack's lines are indented. */
export function entryText({ time, level, message }: LogEntry): string {
  return `${time} ${level.padEnd(5)} ${message
    .split('\n')
    .map((line) => printable(line))
    .join('\n  ')}`;
}

/** Whether an entry is of this level or a graver one. */
export function isAtLeast(entry: LogEntry, level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(entry.level) >= LOG_LEVELS.indexOf(level);
}
