import assert from 'node:assert/strict';
import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { it, type TestContext } from 'node:test';
import { sinceTime } from './logs.ts';

const MAIN = new URL('../main.ts', import.meta.url).pathname;

it('an age or a time says since when', () => {
  const now = Date.parse('2026-05-01T08:00:00Z');
  for (const [text, expected] of [
    ['90s', now - 90_000],
    ['30m', now - 30 * 60_000],
    ['2h', now - 2 * 3_600_000],
    ['7d', now - 7 * 86_400_000],
    ['2026-05-01T07:00Z', now - 3_600_000],
  ] as const) {
    assert.equal(sinceTime(text, now), expected, text);
  }
  for (const text of ['', 'yesterday', '2 h', '1h2m']) {
    assert.throws(() => sinceTime(text, now), { code: 'usage' }, text);
  }
});

/** A profile whose bridge has written more lines than a pipe holds. */
async function homeWithLog(t: TestContext): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'bridge-logs-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  await mkdir(join(home, 'logs'));
  const entry = { time: '2026-05-01T08:00:00.000Z', level: 'info', message: 'x'.repeat(500) };
  await writeFile(join(home, 'logs', 'bridge.log'), `${JSON.stringify(entry)}\n`.repeat(1000));
  return home;
}

function logs(home: string, stdio: StdioOptions) {
  const env = { PATH: process.env['PATH'], CLOUDTOLOCALLLM_HOME: home, NO_COLOR: '1' };
  return spawn(process.execPath, [MAIN, 'logs', '--lines', '1000'], { env, stdio });
}

it('a reader of the log who has enough, as with "| head", has not made it fail', async (t) => {
  const child = logs(await homeWithLog(t), ['ignore', 'pipe', 'pipe']);
  child.stdout!.once('data', () => child.stdout!.destroy());
  const said = text(child.stderr!);
  assert.deepEqual([(await once(child, 'exit'))[0], await said], [0, '']);
});

const full = process.platform === 'linux' ? false : 'only Linux has a device that is always full: /dev/full';
it('a log that could not be written where it should go has failed', { skip: full }, async (t) => {
  await using device = await open('/dev/full', 'w');
  const child = logs(await homeWithLog(t), ['ignore', device.fd, 'pipe']);
  assert.deepEqual((await once(child, 'exit'))[0], 1);
});
