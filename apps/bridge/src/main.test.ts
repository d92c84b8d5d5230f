import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { saveCredentials, type Credentials } from './credentials.ts';
import { VERSION } from './version.ts';

/** Nobody listens there. */
const RELAY = 'http://127.0.0.1:1';
const SIGNED_IN: Credentials = {
  relay: RELAY,
  clientId: 'c',
  issuer: RELAY,
  oidcClientId: 'b',
  bridgeId: 'bridge-x',
  user: 'Ada',
  accessToken: 'x',
  accessTokenExpires: Date.now() + 3_600_000,
};
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

describe('cloudtolocalllm', () => {
  let home = '';
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { PATH: process.env['PATH'], CLOUDTOLOCALLLM_HOME: home, CLOUDTOLOCALLLM_KEYCHAIN: 'off' };
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
      for (const command of [
        'login',
        'up',
        'status',
        'pause',
        'resume',
        'doctor',
        'policy',
        'service',
        'logs',
        'tray',
        'connect',
        'profiles',
        'logout',
      ])
        assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    }
    assert.match((await run('up', '--help')).stdout, /--engine-url <url>[^]*Examples:/);
    assert.deepEqual(await run('--version'), { code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it('exits with 2 and one sentence when it was called wrongly', async () => {
    const cases: [args: string[], message: RegExp][] = [
      [['nonsense'], /unknown command/],
      [['statsu'], /Did you mean status\?/],
      [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
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

  it('exits with 2 for a service or a log that was asked for wrongly', async () => {
    for (const [args, message] of [
      [['service', 'nonsense'], /unknown command/],
      [['service', 'install', '--', '--nonsense'], /"--nonsense" is not an option of "up"/],
      [['logs', '--lines', 'many'], /"many" is not a number of lines/],
      [['logs', '--level', 'loud'], /Allowed choices are info, warn, error/],
    ] as const) {
      const { code, stderr } = await run(...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, message);
    }
  });

  it('shows a log that was written, and says where one would be', async () => {
    const none = await run('logs');
    assert.deepEqual([none.code, none.stdout], [0, '']);
    assert.match(none.stderr, /^There is no log yet in .*logs: the bridge has not run\.\n$/);
    assert.equal((await run('up')).code, 3);
    const { code, stdout, stderr } = await run('logs', '-n', '1', '--json');
    assert.deepEqual([code, stderr], [0, '']);
    const { level, message } = JSON.parse(stdout) as Record<string, string>;
    assert.deepEqual([level, message?.split(':')[0]], ['error', 'ended']);
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

  it('exits with 7 when the relay does not answer, and says which', async () => {
    const login = await run('login', '--relay', RELAY);
    assert.equal(login.code, 7);
    assert.match(login.stderr, /^Cannot reach the relay at http:\/\/127\.0\.0\.1:1: .*\n$/);

    await signedIn();
    const up = await run('up', '--engine-url', 'ftp://engine');
    assert.equal(up.code, 2);
    assert.match(up.stderr, /is not a URL such as/);
  });

  it('says in its status both that no bridge is up and that the relay is away', async () => {
    await signedIn();
    const text = await run('status');
    assert.equal(text.code, 8);
    assert.match(text.stdout, /^Bridge +not running/m);
    assert.match(text.stdout, /^Seen as +not known: Cannot reach the relay/m);
    assert.match(text.stdout, /^Signed in +Ada, tokens in .*credentials\.json/m);

    const { code, stdout, stderr } = await run('--profile', 'default', 'status', '--json');
    const { trouble, ...report } = JSON.parse(stdout) as Record<string, unknown>; // compared below
    assert.deepEqual([code, stderr], [8, '']);
    assert.deepEqual(report, {
      profile: 'default',
      relay: RELAY,
      user: 'Ada',
      secrets: 'file',
      state: 'not-running',
      running: null,
      bridge: null,
      exitCode: 8,
    });
    assert.equal((trouble as { code: string }).code, 'unreachable'); // as: a field of what is compared above
  });

  it('says errors in JSON to who wants JSON', async () => {
    const cases: [args: string[], code: string, exitCode: number][] = [
      [['status', '--json', '--nonsense'], 'usage', 2],
      [['statsu', '--json'], 'usage', 2],
      [['--profile', 'empty', 'status', '--json'], 'not_signed_in', 3],
      [['--profile', '../up', 'status', '--json'], 'usage', 2],
      [['login', '--json', '--relay', RELAY], 'unreachable', 7],
      [['--profile', 'empty', 'login', '--json'], 'usage', 2],
    ];
    const checks = cases.map(async ([args, code, exitCode]) => {
      const result = await run(...args);
      assert.deepEqual([result.code, result.stdout], [exitCode, ''], args.join(' '));
      const error = JSON.parse(result.stderr) as Record<string, unknown>; // compared below
      assert.deepEqual({ ...error, message: typeof error['message'] }, { code, message: 'string', exitCode });
    });
    await Promise.all(checks);
  });

  it('uses no colours when its output is no terminal', async () => {
    await signedIn();
    for (const args of [['status'], ['--help'], ['login', '--help'], ['profiles']]) {
      const { stdout } = await run(...args);
      assert.equal(stdout, stripVTControlCharacters(stdout));
    }
  });

  it('lists and signs out of a profile whose credentials are damaged', async () => {
    await signedIn();
    await mkdir(join(home, 'profiles', 'broken'), { recursive: true });
    await writeFile(join(home, 'profiles', 'broken', 'credentials.json'), '{');
    const list = async () => (JSON.parse((await run('profiles', '--json')).stdout) as { profiles: object[] }).profiles;
    const directory = join(home, 'profiles', 'broken');
    const empty = { relay: null, user: null, secrets: 'none', running: null };
    assert.deepEqual((await list())[1], { profile: 'broken', directory, ...empty });
    assert.equal((await run('--profile', 'broken', 'logout')).code, 0);
    assert.deepEqual((await list()).length, 1);
  });

  it('signs out also when the relay is away, and says that the tokens live on there', async () => {
    await saveCredentials(home, { ...SIGNED_IN, refreshToken: 'a refresh token' });
    const { code, stdout, stderr } = await run('logout');
    assert.equal(code, 0);
    assert.match(stdout, /^Signed out of http:\/\/127\.0\.0\.1:1\.\n$/);
    assert.match(stderr, /could not be ended at the relay/);
    assert.doesNotMatch(await readFile(join(home, 'credentials.json'), 'utf8'), /a refresh token/);
    await saveCredentials(home, SIGNED_IN);
    assert.equal((await run('logout', '--remove')).code, 7, 'removing needs the relay');
    assert.equal((await run('profiles')).stdout.includes('Ada'), true, 'and changes nothing without it');
  });

  const signedIn = (): Promise<unknown> => saveCredentials(home, SIGNED_IN);
});
