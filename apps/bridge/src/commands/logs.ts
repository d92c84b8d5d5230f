import { setTimeout as wait } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { BridgeError, EXIT_CODES } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import type { LogEntry } from '../log/log-entry.ts';
import { LOG_LEVELS, type LogLevel } from '../log/log-levels.ts';

const DEFAULT_LINES = '200';
const POLL_MS = 500;

interface LogsOptions {
  lines: string;
  follow?: boolean;
  json?: boolean;
  since?: string;
  level?: LogLevel;
}

export function logsCommand(config: ReadConfig): Command {
  return new Command('logs')
    .description('show what the bridge did, also while it is not running')
    .option('-n, --lines <number>', 'the last so many lines', DEFAULT_LINES)
    .option('-f, --follow', 'go on with what is written, until Ctrl-C')
    .option('--since <when>', 'only what is younger, such as 30m, 2h, 7d, or a time such as 2026-05-01T08:00')
    .addOption(new Option('--level <level>', 'only what is at least this grave').choices(LOG_LEVELS))
    .option('--json', 'for scripts: one object {time, level, message} a line')
    .addHelpText('after', examples('cloudtolocalllm logs --follow', 'cloudtolocalllm logs --since 1h --level warn'))
    .action((options: LogsOptions) => logs(config(), options));
}

/** `logs`: prints the profile's log across its rotations. Throws BridgeError usage. */
async function logs(config: BridgeConfig, options: LogsOptions): Promise<void> {
  const [{ logFolder }, { followLog }, { entryText }, { lastEntries, openLog }] = await Promise.all([
    import('../log/bridge-log.ts'),
    import('../log/follow-log.ts'),
    import('../log/log-entry.ts'),
    import('../log/read-log.ts'),
  ]);
  const { directory } = config;
  const count = lineCount(options.lines);
  const since = options.since === undefined ? undefined : sinceTime(options.since, Date.now());
  const filter = { since, level: options.level };
  const print = (entry: LogEntry): void => console.log(options.json ? JSON.stringify(entry) : entryText(entry));
  // `logs | head`: whoever reads has enough.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) =>
    process.exit(code === 'EPIPE' ? 0 : EXIT_CODES.failed),
  );
  const files = await openLog(directory);
  const entries = await lastEntries(files, count, filter);
  for (const entry of entries) print(entry);
  const last = files.pop();
  for (const { handle } of files) await handle.close();
  if (!options.follow) {
    await last?.handle.close();
    if (!last) console.error(`There is no log yet in ${logFolder(directory)}: the bridge has not run.`);
    return;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const pause = (): Promise<void> => wait(POLL_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  for await (const entry of followLog(last, { directory, filter, pause, signal: stop.signal })) print(entry);
}

function lineCount(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new BridgeError('usage', `"${text.slice(0, 50)}" is not a number of lines`);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `2h`, `7d` before `now`, or a time that JavaScript reads, in ms since 1970. Throws BridgeError usage. */
export function sinceTime(text: string, now: number): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const milliseconds = UNITS[unit];
  const time = milliseconds === undefined ? Date.parse(text) : now - Number(amount) * milliseconds;
  if (Number.isNaN(time)) {
    throw new BridgeError('usage', `"${text.slice(0, 50)}" is neither an age such as 2h nor a time`);
  }
  return time;
}
