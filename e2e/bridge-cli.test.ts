import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { loadCredentials } from '../apps/bridge/src/credentials.ts';
import { TestSecretService } from '../apps/bridge/src/keychain/test-secret-service.ts';
import { Child } from '../dev/src/child.ts';
import { confirmDeviceCode } from './support/confirm-device-code.ts';
import { TestStack, until } from './support/test-stack.ts';

const BRIDGE_MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;
/** Just for this file: what JSON the program prints is compared field by field. */
type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any

describe("the program on a person's computer", () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start();
  });
  after(() => stack[Symbol.asyncDispose]());

  const home = (name: string): string => join(stack.stack.dataDir, name);
  const environment = (name: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => {
    const { DBUS_SESSION_BUS_ADDRESS: _bus, XDG_RUNTIME_DIR: _runtime, ...env } = process.env;
    return { ...env, CLOUDTOLOCALLLM_HOME: home(name), CLOUDTOLOCALLLM_KEYCHAIN: 'off', NO_COLOR: '1', ...more };
  };

  async function run(name: string, args: string[], env?: NodeJS.ProcessEnv) {
    const child = spawn(process.execPath, [BRIDGE_MAIN, ...args], { env: environment(name, env), timeout: 20_000 });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: code as number | null, stdout, stderr, json: (): Json => JSON.parse(stdout || stderr) as Json };
  }

  /** Signs in as a script would; returns the lines of JSON that it printed. */
  async function login(
    name: string,
    args: string[] = [],
    env?: NodeJS.ProcessEnv,
  ): Promise<[code: Json, result: Json]> {
    const all = [BRIDGE_MAIN, ...args, 'login', '--json', '--relay', stack.stack.publicUrl];
    const child = spawn(process.execPath, all, { env: environment(name, env), stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: Json[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(JSON.parse(line) as Json);
      if (lines.length === 1) await confirmDeviceCode(stack, lines[0]?.['verificationUriComplete']);
    }
    const [code, result] = lines;
    assert.ok(code && result && lines.length === 2, JSON.stringify(lines));
    return [code, result];
  }

  async function up(name: string, said: RegExp, args: string[] = [], env?: NodeJS.ProcessEnv): Promise<Child> {
    const child = new Child({
      args: [BRIDGE_MAIN, ...args, 'up', '--name', name, '--engine-url', stack.stack.engine.url.origin],
      env: environment(name, env),
      logFile: join(stack.stack.dataDir, 'logs', `bridge-${name}-${args.length}.log`),
    });
    await child.until('The bridge did not say so', async () => said.exec(child.tail)?.[0]);
    return child;
  }

  const names = async (): Promise<string[]> => (await stack.client.bridges.list()).map(({ name }) => name);

  async function refresh(token: string | undefined): Promise<{ status: number; error: string }> {
    const response = await fetch(`${stack.stack.url}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'cloudtolocalllm-bridge',
        refresh_token: token ?? '',
      }),
    });
    const { error } = (await response.json()) as { error: string }; // an error of RFC 6749
    return { status: response.status, error };
  }

  // Most of their time is waiting, for polls of the device flow and for the keychain.
  describe('of which there are several', { concurrency: true }, () => {
    it('signs in to two profiles, shows each as it is, and signs out of one', async () => {
      const [[code, first]] = await Promise.all([login('studio'), login('studio', ['--profile', 'work'])]);
      assert.match(code['userCode'], /^[A-Z]{4}-[A-Z]{4}$/);
      assert.deepEqual([code['event'], code['expiresInSeconds']], ['code', 600]);
      const relay = stack.stack.publicUrl;
      const { user, ...rest } = first;
      assert.equal(typeof user, 'string');
      assert.deepEqual(rest, {
        event: 'signed_in',
        profile: 'default',
        relay,
        secrets: 'file',
        keychainTrouble: null,
        keychainDetail: null,
      });
      assert.equal((await stat(join(home('studio'), 'credentials.json'))).mode & 0o777, 0o600);

      const bridge = await up('studio', /^online .*$/m);
      const { profiles } = (await run('studio', ['profiles', '--json'])).json() as { profiles: Json[] };
      assert.deepEqual(
        profiles.map((profile) => [profile['profile'], profile['relay'], profile['user'], profile['running']?.state]),
        [
          ['default', relay, user, 'online'],
          ['work', relay, user, undefined],
        ],
      );

      const [status, other, table] = await Promise.all([
        run('studio', ['status', '--json']),
        run('studio', ['--profile', 'work', 'status', '--json']),
        run('studio', ['profiles']),
      ]);
      assert.deepEqual([status.code, status.json()['state'], status.json()['trouble']], [0, 'online', null]);
      assert.deepEqual([status.json()['bridge'].status, status.json()['bridge'].name], ['connected', 'studio']);
      assert.deepEqual([other.code, other.json()['state'], other.json()['bridge']], [8, 'not-running', null]);
      assert.match(table.stdout, /^default +http.* online \(process \d+\)\nwork +http.* not running\n$/);

      // Signed out, with the bridge of the other profile as it was.
      const before = await loadCredentials(join(home('studio'), 'profiles', 'work'));
      const logout = await run('studio', ['--profile', 'work', 'logout', '--json']);
      assert.deepEqual(logout.json(), {
        profile: 'work',
        relay,
        revoked: true,
        removed: false,
        trouble: null,
        stillUp: null,
      });
      const refused = await refresh(before?.refreshToken);
      assert.deepEqual([refused.status, refused.error], [400, 'invalid_grant'], 'the token is worth nothing any more');
      assert.equal((await run('studio', ['--profile', 'work', 'status'])).code, 3);
      assert.equal((await run('studio', ['--profile', 'work', 'logout'])).stdout, 'Nobody was signed in.\n');
      assert.equal((await run('studio', ['status'])).code, 0);
      await bridge.stop();
    });

    it('signs out beside a bridge that is up, which it says, and removes the computer when asked to', async () => {
      await login('laptop');
      const bridge = await up('laptop', /^online .*$/m);
      const [{ clientId, bridgeId } = {}] = [await loadCredentials(home('laptop'))];
      assert.match(
        (await run('laptop', ['logout'])).stdout,
        new RegExp(`still up \\(process ${bridge.process.pid}\\)`),
      );
      assert.ok((await names()).includes('laptop'));

      // The same computer to the relay as before.
      const [, again] = await login('laptop');
      assert.equal(again['relay'], stack.stack.publicUrl);
      const credentials = await loadCredentials(home('laptop'));
      assert.deepEqual([credentials?.clientId, credentials?.bridgeId], [clientId, bridgeId]);

      const removed = await run('laptop', ['logout', '--remove']);
      assert.match(removed.stdout, /removed from the relay[^]*is told by the relay, and ends/);
      await bridge.exited;
      assert.equal(bridge.process.exitCode, 5);
      assert.ok(!(await names()).includes('laptop'));
      await assert.rejects(stat(join(home('laptop'), 'credentials.json')), { code: 'ENOENT' });
    });

    it(
      'keeps its tokens in the keychain, waits for it, and goes on when it may use a file instead',
      { skip: !TestSecretService.isPossible() && 'NOT RUN: needs the packages dbus-daemon and gnome-keyring' },
      async () => {
        await using session = await TestSecretService.start();
        const desktop = {
          CLOUDTOLOCALLLM_KEYCHAIN: 'on',
          DBUS_SESSION_BUS_ADDRESS: process.env['DBUS_SESSION_BUS_ADDRESS'],
        };
        const [, result] = await login('desktop', [], desktop);
        assert.deepEqual([result['secrets'], result['keychainTrouble']], ['keychain', null]);
        const stored = await loadCredentials(home('desktop'));
        assert.ok(stored?.refreshToken);
        const file = await readFile(join(home('desktop'), 'credentials.json'), 'utf8');
        assert.ok(!file.includes(stored.accessToken) && !file.includes(stored.refreshToken));

        // As a service before its person has logged in: it waits, and is online once they have.
        await session.lock();
        const bridge = await up('desktop', /^offline .*the keychain is locked.*login --no-keychain/m, [], desktop);
        const waiting = await run('desktop', ['status', '--json'], desktop);
        assert.deepEqual(
          [waiting.code, waiting.json()['state'], waiting.json()['trouble'].code],
          [10, 'offline', 'keychain'],
        );
        await session.unlock();
        await bridge.until('The bridge did not come online', async () => /^online .*$/m.exec(bridge.tail)?.[0]);
        assert.equal((await run('desktop', ['status'], desktop)).code, 0);
        await bridge.stop();

        // A service of another session finds no keychain: what it says to do helps.
        const other = await up('desktop', /^offline .*there is no keychain here.*login --no-keychain/m, [
          '--profile',
          'default',
        ]);
        const [, inFile] = await login('desktop');
        assert.equal(inFile['secrets'], 'file');
        await other.until('The bridge did not come online', async () => /^online .*$/m.exec(other.tail)?.[0]);
        await other.stop();
      },
    );
  });

  it('calls the computer what its person called it, also when it is started without a word of that', async () => {
    await login('den');
    const first = await up('den', /^online .*$/m); // with --name den
    await first.stop();
    const started = new Child({
      args: [BRIDGE_MAIN, 'up', '--engine-url', stack.stack.engine.url.origin],
      env: environment('den'),
      logFile: join(stack.stack.dataDir, 'logs', 'bridge-den-again.log'),
    });
    await started.until('not online', async () => /^online .*$/m.exec(started.tail)?.[0]);
    assert.ok((await names()).includes('den'), (await names()).join());
    await started.stop();
  });

  it('says both what the bridge does and that the relay is away', async () => {
    await stack.stack.relay.kill();
    const status = () => run('bridge', ['status', '--json']);
    await until('the bridge notices', 10_000, async () => (await status()).json()['state'] === 'offline');
    const { code, json } = await status();
    const { running, trouble, bridge, exitCode } = json();
    assert.deepEqual([code, exitCode, trouble.code, bridge], [7, 7, 'unreachable', null]);
    assert.equal(running.pid, stack.stack.bridge?.process.pid);
  });
});
