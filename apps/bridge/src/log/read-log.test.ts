import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { followLog } from './follow-log.ts';
import { writeEntry } from './log-entry.ts';
import type { LogLevel } from './log-levels.ts';
import { lastEntries, openLog, type LogFilter } from './read-log.ts';

describe('reading the log', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bridge-log-'));
    await mkdir(join(directory, 'logs'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const path = (index: number): string => join(directory, 'logs', index === 0 ? 'bridge.log' : `bridge.log.${index}`);
  const entry = (message: string, level: LogLevel = 'info', time = '2026-05-01T08:00:00.000Z'): string =>
    writeEntry({ time, level, message });

  async function last(count: number, filter: LogFilter = {}): Promise<string[]> {
    const files = await openLog(directory);
    const entries = await lastEntries(files, count, filter);
    for (const { handle } of files) await handle.close();
    return entries.map(({ message }) => message);
  }

  it('gives the last lines in order, across rotations', async () => {
    assert.deepEqual(await last(10), []);
    await writeFile(path(2), entry('1') + entry('2'));
    await writeFile(path(1), entry('3') + entry('4'));
    await writeFile(path(0), entry('5'));
    assert.deepEqual(await last(10), ['1', '2', '3', '4', '5']);
    assert.deepEqual(await last(2), ['4', '5']);
    assert.deepEqual(await last(0), []);
  });

  it('passes over what is no entry, and filters by level and time', async () => {
    const lines = [entry('old', 'error', '2026-04-01T08:00:00.000Z'), 'damaged\n', '{"time":1}\n', entry('fine')];
    await writeFile(path(0), [...lines, entry('bad', 'warn'), entry('worse', 'error'), '{"half a li'].join(''));
    assert.deepEqual(await last(10), ['old', 'fine', 'bad', 'worse']);
    assert.deepEqual(await last(10, { level: 'warn' }), ['old', 'bad', 'worse']);
    assert.deepEqual(await last(10, { since: Date.parse('2026-05-01T00:00Z'), level: 'error' }), ['worse']);
  });

  it('follows what is written, through rotations, and loses and repeats nothing', async () => {
    await writeFile(path(0), entry('before'));
    const files = await openLog(directory);
    await lastEntries(files, 10, {});
    const rotate = async (): Promise<void> => {
      await rename(path(1), path(2)).catch(() => undefined);
      await rename(path(0), path(1));
      await writeFile(path(0), '');
    };
    /** What happens between one look and the next. */
    const happens = [
      () => appendFile(path(0), entry('1') + entry('2').slice(0, 20)),
      () => appendFile(path(0), entry('2').slice(20)),
      async () => {
        await appendFile(path(0), entry('3'));
        await rotate();
        await appendFile(path(0), entry('4'));
      },
      async () => {
        await appendFile(path(0), entry('5'));
        await rotate();
        await appendFile(path(0), entry('6'));
        await rotate();
        await appendFile(path(0), entry('7'));
      },
    ];
    const stop = new AbortController();
    const pause = async (): Promise<void> => (happens.shift() ?? (() => stop.abort()))();
    const seen: string[] = [];
    // An entry that was written after the reader had read, and before it follows.
    await appendFile(path(0), entry('between'));
    const follow = followLog(files.at(-1), { directory, filter: {}, pause, signal: stop.signal });
    for await (const { message } of follow) seen.push(message);
    assert.deepEqual(seen, ['between', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('follows a log that is not there yet', async () => {
    const stop = new AbortController();
    const happens = [() => writeFile(path(0), entry('first'))];
    const pause = async (): Promise<void> => (happens.shift() ?? (() => stop.abort()))();
    const seen: string[] = [];
    const follow = followLog(undefined, { directory, filter: {}, pause, signal: stop.signal });
    for await (const { message } of follow) seen.push(message);
    assert.deepEqual(seen, ['first']);
  });
});
