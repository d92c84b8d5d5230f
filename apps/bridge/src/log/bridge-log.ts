import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import { describeFault } from './describe-fault.ts';
import { LineBudget } from './line-budget.ts';
import { writeEntry } from './log-entry.ts';
import type { LogLevel } from './log-levels.ts';

export const LOG_FILE = 'bridge.log';
/** With the one that is written: 10 MB at most. */
export const LOG_FILES = 5;
const FILE_SIZE = '2M';
/** After a full disk or a folder that can't be written. */
const RETRY_MS = 60_000;
/** Lines that wait for a disk that hangs; more are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

export interface BridgeLogOptions {
  /** The profile's folder; the log is in `logs` below it. */
  directory: string;
  /** Told once when the log can't be written. */
  trouble(error: Error): void;
  /** When a file is full, for example `2M`. */
  fileSize?: `${number}${'B' | 'K' | 'M'}`;
  /** Milliseconds since 1970. */
  now?(): number;
}

/** What a relay can cause as often as it likes. */
export type LimitedKind = 'fault' | 'request' | 'state';

/** Where the log of a profile is. */
export function logFolder(directory: string): string {
  return join(directory, 'logs');
}

/** What happened, on disk for `logs`. Nothing that goes wrong with it stops the bridge: its lines are lost, no more. */
export class BridgeLog implements AsyncDisposable {
  readonly #options: BridgeLogOptions;
  readonly #folder: string;
  readonly #now: () => number;
  /** Apart, so that one kind does not silence another. */
  readonly #budgets: Readonly<Record<LimitedKind, LineBudget>>;
  #stream: RotatingFileStream | undefined;
  #retryAt = 0;
  #told = false;

  constructor(options: BridgeLogOptions) {
    this.#options = options;
    this.#folder = logFolder(options.directory);
    this.#now = options.now ?? Date.now;
    const budget = (): LineBudget => new LineBudget(this.#now);
    this.#budgets = { fault: budget(), request: budget(), state: budget() };
  }

  info(message: string): void {
    this.#write('info', message);
  }

  error(message: string, error?: unknown): void {
    this.#write('error', error === undefined ? message : `${message}: ${describeFault(error)}`);
  }

  /** What others can cause as often as they like: so many a minute are written, the rest counted. */
  limited(kind: LimitedKind, level: LogLevel, message: string): void {
    const dropped = this.#budgets[kind].take();
    if (dropped === undefined) return;
    if (dropped > 0) this.#write(level, `${dropped} more lines like the following were left out`);
    this.#write(level, message);
  }

  /** The process is ending by an error that nobody caught: written at once, past the stream. */
  crash(error: unknown): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      appendFileSync(join(this.#folder, LOG_FILE), this.#line('error', `The bridge crashed: ${describeFault(error)}`), {
        mode: 0o600,
      });
    } catch {
      // It has been said on the error output; there is no other place.
    }
  }

  /** Resolves when what was written is in the file, or was given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    const stream = this.#stream;
    if (!stream) return;
    this.#stream = undefined;
    this.#retryAt = Infinity;
    const closed = Promise.withResolvers<void>();
    stream.once('close', closed.resolve);
    stream.end();
    await closed.promise;
  }

  #line(level: LogLevel, message: string): string {
    return writeEntry({ time: new Date(this.#now()).toISOString(), level, message });
  }

  #write(level: LogLevel, message: string): void {
    const stream = (this.#stream ??= this.#open());
    if (!stream || stream.writableLength > MAX_WAITING_BYTES) return;
    stream.write(this.#line(level, message));
  }

  #open(): RotatingFileStream | undefined {
    if (this.#now() < this.#retryAt) return undefined;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      this.#failed(error as Error); // Node's own functions throw nothing else
      return undefined;
    }
    const { fileSize = FILE_SIZE } = this.#options;
    const stream = createStream(LOG_FILE, { path: this.#folder, size: fileSize, rotate: LOG_FILES - 1, mode: 0o600 });
    stream.on('error', (error) => {
      if (this.#stream === stream) this.#stream = undefined;
      this.#failed(error);
    });
    return stream;
  }

  #failed(error: Error): void {
    if (this.#retryAt !== Infinity) this.#retryAt = this.#now() + RETRY_MS;
    if (!this.#told) this.#options.trouble(error);
    this.#told = true;
  }
}
