import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, link, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { BridgeError } from '../bridge-error.ts';
import { writeReport } from './report.ts';

describe("the doctor's report", () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bridge-report-'));
    path = join(folder, 'report.md');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const mode = async (): Promise<number> => (await stat(path)).mode & 0o777;

  it("is for this user's eyes only, whatever was there before", async () => {
    await writeReport(path, 'first');
    assert.equal(await mode(), 0o600);
    await chmod(path, 0o666);
    await writeReport(path, 'second');
    assert.equal(await readFile(path, 'utf8'), 'second');
    assert.equal(await mode(), 0o600);
    assert.deepEqual(await readdir(folder), ['report.md']);
  });

  it('takes the place of a link, and leaves alone what the link leads to', async () => {
    const other = join(folder, 'other');
    await writeFile(other, 'not ours');
    await symlink(other, path);
    await writeReport(path, 'the report');
    assert.ok((await lstat(path)).isFile());
    assert.equal(await readFile(path, 'utf8'), 'the report');
    assert.equal(await readFile(other, 'utf8'), 'not ours');
  });

  it('is not written into a file that has a second name', async () => {
    const other = join(folder, 'other');
    await writeFile(other, 'not ours');
    await link(other, path);
    await writeReport(path, 'the report');
    assert.equal(await readFile(other, 'utf8'), 'not ours');
  });

  it('that cannot be written leaves nothing behind, and says why and what to do', async () => {
    await writeFile(path, 'a file');
    await mkdir(join(folder, 'taken'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const cases: [path: string, reason: RegExp][] = [
      [join(folder, 'absent', 'report.md'), /there is no such folder/],
      [join(path, 'report.md'), /there is no such folder/],
      [join(folder, 'taken'), /that is not a file/],
      [join(folder, 'pipe'), /that is not a file/],
      ['/proc/report.md', /there is no such folder|may not write there|cannot be written to/],
    ];
    for (const [place, reason] of cases) {
      await assert.rejects(writeReport(place, 'x'), ({ code, message }: BridgeError) => {
        assert.equal(code, 'failed');
        assert.ok(message.startsWith(`Cannot write the report to ${place}: `), message);
        assert.match(message, reason);
        assert.match(message, /: name another one with --report FILE$/);
        return true;
      });
    }
    assert.deepEqual((await readdir(folder)).toSorted(), ['pipe', 'report.md', 'taken']);
    assert.deepEqual(await readdir(join(folder, 'taken')), []);
    assert.equal(await readFile(path, 'utf8'), 'a file');
  });

  it('does not take the place of a device', async () => {
    const device = join(folder, 'null');
    await symlink('/dev/null', device);
    await assert.rejects(writeReport(device, 'x'), { code: 'failed', message: /that is not a file/ });
    assert.ok((await lstat(device)).isSymbolicLink());
  });
});
