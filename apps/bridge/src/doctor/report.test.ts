import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, link, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Account } from '../account.ts';
import type { BridgeError } from '../bridge-error.ts';
import { readConfig } from '../config.ts';
import type { Credentials } from '../credentials.ts';
import { reportText, writeReport } from './report.ts';

describe("the doctor's report", () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bridge-report-'));
    path = join(folder, 'report.md');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const mode = async (): Promise<number> => (await stat(path)).mode & 0o777;

  it('names nobody: neither by what the relay calls a person now, nor by what it called them at the sign-in', async () => {
    const config = readConfig({ CLOUDTOLOCALLLM_HOME: folder });
    const credentials: Credentials = {
      relay: 'https://relay.example',
      clientId: 'client',
      issuer: 'https://issuer.example',
      oidcClientId: 'bridge',
      secrets: 'file',
      user: 'Jane Doe',
      accessToken: 'opaque-access-token',
      refreshToken: 'opaque-refresh-token',
      accessTokenExpires: 0,
    };
    const found = 'as Janet Roe (u-1234567), was Jane Doe; opaque-access-token opaque-refresh-token';
    const text = await reportText([{ id: 'sign-in', title: 'Sign-in', status: 'ok', found }], {
      config,
      running: undefined,
      account: new Account(folder, credentials),
      userId: 'u-1234567',
      userName: 'Janet Roe',
    });
    assert.match(text, /as \[user\] \(\[user\]\), was \[user\]; \[secret\] \[secret\]/);
    assert.doesNotMatch(text, /Jane|Doe|Roe|opaque/);
  });

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
