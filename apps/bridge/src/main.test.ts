import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { saveCredentials } from './credentials.ts';
import { VERSION } from './version.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

describe('cloudtolocalllm', () => {
  let home = '';
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { PATH: process.env['PATH'], CLOUDTOLOCALLLM_HOME: home, NO_COLOR: '1' };
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  }

  it('explains itself', async () => {
    for (const args of [['--help'], ['help']]) {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stderr], [0, '']);
      for (const command of ['login', 'up', 'status', 'doctor', 'connect'])
        assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    }
    assert.match((await run('up', '--help')).stdout, /--engine-url <url>[^]*Example:/);
    assert.deepEqual(await run('--version'), { code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it('exits with 2 and one sentence when it was called wrongly', async () => {
    const cases: [args: string[], message: RegExp][] = [
      [['nonsense'], /unknown command/],
      [['up', '--nonsense'], /unknown option/],
      [['login'], /Say which relay/],
      [['login', '--relay', 'http://relay.example'], /is not encrypted/],
      [['login', '--relay', 'ftp://relay.example'], /is not the address of a relay/],
      [['login', '--relay', 'https://'], /is not the address of a relay/],
      [['connect', '--host', '0.0.0.0'], /this computer alone/],
      [['connect', '--port', '70000'], /is not a port/],
    ];
    const checks = cases.map(async ([args, message]) => {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
    });
    await Promise.all(checks);
  });

  it('exits with 3 and says how to sign in when nobody has', async () => {
    for (const args of [['up'], ['status'], ['status', '--json'], ['connect']]) {
      const { code, stderr } = await run(...args);
      assert.equal(code, 3);
      assert.match(stderr, /cloudtolocalllm login/);
    }
    await writeFile(join(home, 'credentials.json'), 'damaged');
    const { code, stderr } = await run('up');
    assert.equal(code, 3);
    assert.match(stderr, /^Cannot read .*credentials\.json: sign in again/);
  });

  it('exits with 1 when the relay does not answer, and says which', async () => {
    const login = await run('login', '--relay', 'http://127.0.0.1:1');
    assert.equal(login.code, 1);
    assert.match(login.stderr, /^Cannot reach the relay at http:\/\/127\.0\.0\.1:1: .*\n$/);

    const relay = 'http://127.0.0.1:1';
    const tokens = { accessToken: 'x', accessTokenExpires: Date.now() + 3_600_000 };
    await saveCredentials(home, {
      relay,
      clientId: 'c',
      issuer: relay,
      oidcClientId: 'b',
      bridgeId: 'bridge-x',
      ...tokens,
    });
    const status = await run('status');
    assert.equal(status.code, 1);
    assert.match(status.stderr, /^Cannot reach the relay/);
    const up = await run('up', '--engine-url', 'ftp://engine');
    assert.equal(up.code, 2);
    assert.match(up.stderr, /is not a URL such as/);
  });
});
