import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { saveCredentials } from '../apps/bridge/src/credentials.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { assertNoSecrets } from './support/assert-no-secrets.ts';
import { SystemdWorld, type Ran } from './support/systemd-world.ts';
import { TestStack, until } from './support/test-stack.ts';

const ONLINE_MS = 40_000;
/** `RestartSec` and a start. */
const RESTART_MS = 60_000;
const CONFIG = `${SystemdWorld.HOME}/.config/cloudtolocalllm`;
const UNIT = `${SystemdWorld.HOME}/.config/systemd/user/cloudtolocalllm.service`;
/** Of 10; lower is safer. */
const MAX_EXPOSURE = 2.5;
const PROMPT = `canary-prompt-${crypto.randomUUID()}`;

interface Status {
  installed: boolean;
  enabled: boolean;
  running: boolean;
  pid?: number;
  lastExit?: string;
  note?: string;
}

const missing = SystemdWorld.missing();
if (missing) console.error(`\nNOT RUN: the bridge as a service of a real systemd: ${missing}.\n`);

describe('the bridge as a service of a real systemd', { skip: missing !== undefined }, () => {
  let stack: TestStack;
  let world: SystemdWorld;
  let credentials: string;
  const own = (...args: string[]): Promise<Ran> => world.runAsPerson(world.program(SystemdWorld.ODD, ...args));
  const system = (...args: string[]): Promise<Ran> => world.run(world.program(SystemdWorld.QUOTED, ...args));

  before(async () => {
    [stack, world] = await Promise.all([TestStack.start({ bridge: false }), SystemdWorld.start()]);
    credentials = await signedIn(stack);
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    await stack[Symbol.asyncDispose]();
  });

  async function statusOf(run: typeof own, ...args: string[]): Promise<Status & { code: number }> {
    const { code, stdout } = await run('service', 'status', '--json', ...args);
    return { ...(JSON.parse(stdout) as Status), code };
  }

  /** What systemd says of the person's service: cheaper to ask again and again than the program. */
  async function shown(property: string): Promise<string> {
    const { stdout } = await world.runAsPerson(['systemctl', '--user', 'show', '-P', property, 'cloudtolocalllm']);
    return stdout.trim();
  }

  async function online(name: string): Promise<string> {
    let id = '';
    await until(`"${name}" is online`, ONLINE_MS, async () => {
      const bridge = (await stack.client.bridges.list()).find((bridge) => bridge.name === name);
      id = bridge?.bridgeId ?? '';
      return bridge?.status === 'connected' && bridge.client.ollamaStatus === 'connected';
    });
    return id;
  }

  const upOptions = (name: string): string[] => ['--', '--name', name, '--engine-url', stack.stack.engine.url.origin];
  let bridgeId = '';

  it('says what to do when nobody has signed in, and installs nothing', async () => {
    const { code, stderr } = await own('service', 'install');
    assert.deepEqual([code, stderr], [3, 'Sign in first, the service can not ask you: cloudtolocalllm login\n']);
    const status = await statusOf(own);
    assert.deepEqual([status.code, status.installed], [11, false]);
  });

  it('is installed by one command, from a path with all that systemd would take for something else', async () => {
    await world.runAsPerson(
      ['sh', '-c', `umask 077; mkdir -p ${CONFIG}; cat > ${CONFIG}/credentials.json`],
      credentials,
    );
    const { code, stdout, stderr } = await own('service', 'install', ...upOptions('at home'));
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /is installed and started\.\n.*loginctl enable-linger/);
    bridgeId = await online('at home');
    const status = await statusOf(own);
    assert.deepEqual(
      [status.code, status.installed, status.enabled, status.running, status.lastExit],
      [0, true, true, true, undefined],
    );
    const commandLine = (await world.run(['cat', `/proc/${status.pid}/cmdline`])).stdout.split('\0');
    assert.ok(commandLine.includes(join(SystemdWorld.ODD, 'program/apps/bridge/src/main.ts')), commandLine.join(' '));
  });

  it("is a unit that systemd's verifier has nothing to say about", async () => {
    const verified = await world.runAsPerson(['systemd-analyze', 'verify', '--user', '--man=no', UNIT]);
    assert.deepEqual(verified, { code: 0, stdout: '', stderr: '' });
  });

  it('answers as any bridge does', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo', title: PROMPT });
    let said = '';
    for await (const event of stack.client.messages.send(conversation.id, `${PROMPT}?`)) {
      if (event.type === 'chunk') said += event.content;
    }
    assert.equal(said, SENTENCE);
  });

  let killed: number | undefined;
  it('ends by SIGKILL with nothing locked, and is to be started again', async () => {
    ({ pid: killed } = await statusOf(own));
    await world.run(['kill', '-KILL', String(killed)]);
    await until('systemd has noticed', ONLINE_MS, async () => (await shown('SubState')) === 'auto-restart');
    const status = await statusOf(own);
    assert.deepEqual(
      [status.code, status.lastExit, status.note],
      [8, 'signal 9', 'It ended, and is started again soon.'],
    );
  });

  it('runs as a service of the computer, sandboxed, as a user that exists only for it', async () => {
    const installed = await system('service', 'install', '--system', ...upOptions('in the cellar'));
    assert.equal(installed.code, 0, installed.stderr);
    const [, properties = ''] = /--collect ((?:-p \S+ )+)-E/.exec(installed.stdout) ?? [];
    assert.match(properties, /DynamicUser/, installed.stdout);
    assert.match(installed.stdout, /node' '\S+ \S+main\.ts' login --relay/);
    // As the hint says, with a file instead of a person.
    const signIn = [
      '[Service]',
      'Type=oneshot',
      ...properties.split('-p ').slice(1),
      `ExecStart=/bin/sh -c "umask 077; cp /run/sign-in /var/lib/cloudtolocalllm/credentials.json"`,
    ].join('\n');
    await world.run(['sh', '-c', 'cat > /run/sign-in'], await signedIn(stack));
    await world.run(['sh', '-c', 'cat > /etc/systemd/system/sign-in.service'], signIn);
    const kept = await world.run(['systemctl', 'start', 'sign-in']);
    assert.equal(kept.code, 0, kept.stderr);
    assert.equal((await system('service', 'restart', '--system')).code, 0);
    await online('in the cellar');
    const { pid, code } = await statusOf(system, '--system');
    assert.equal(code, 0);
    const about = (await world.run(['cat', `/proc/${pid}/status`])).stdout;
    assert.match(about, /^NoNewPrivs:\s1$/m);
    assert.match(about, /^Seccomp:\s2$/m);
    assert.match(about, /^CapBnd:\s0+$/m);
    assert.doesNotMatch(about, /^Uid:\s0\s/m);
  });

  it('is by the verdict of systemd-analyze safer than most services', async () => {
    const unit = '/etc/systemd/system/cloudtolocalllm.service';
    const verified = await world.run(['systemd-analyze', 'verify', '--man=no', unit]);
    assert.deepEqual(verified, { code: 0, stdout: '', stderr: '' });
    const { code, stdout } = await world.run([
      'systemd-analyze',
      'security',
      '--offline=yes',
      '--no-pager',
      `--threshold=${MAX_EXPOSURE * 10}`,
      unit,
    ]);
    assert.equal(code, 0, stdout);
    console.log(/^→.*$/m.exec(stdout)?.[0]);
  });

  it("leaves nothing of the computer's service when it is removed, however often", async () => {
    for (let time = 0; time < 2; time++) {
      const { code, stderr } = await system('service', 'uninstall', '--system');
      assert.deepEqual([code, stderr], [0, '']);
    }
    const found = await world.run(['find', '/etc/systemd', '/var/lib/', '/run/systemd', '-name', '*cloudtolocalllm*']);
    assert.equal(found.stdout, '');
    assert.equal((await statusOf(system, '--system')).code, 11);
  });

  it('was started again meanwhile as the same bridge', async () => {
    await until('systemd has started it again', RESTART_MS, async () => (await shown('SubState')) === 'running');
    assert.equal(await online('at home'), bridgeId);
    const { pid } = await statusOf(own);
    assert.notEqual(pid, killed);
    assert.equal((await own('service', 'restart')).code, 0);
    assert.equal(await online('at home'), bridgeId);
    assert.notEqual((await statusOf(own)).pid, pid);
  });

  it('ends by SIGTERM in time and well', async () => {
    assert.equal((await own('service', 'stop')).code, 0);
    const status = await statusOf(own);
    assert.deepEqual([status.code, status.enabled, status.lastExit], [8, true, 'exit code 0']);
    assert.equal(await shown('Result'), 'success');
  });

  it('goes online and stays there when the disk of its log is full', async () => {
    await world.run(['sh', '-c', `mount -t tmpfs -o size=64k tmpfs ${CONFIG}/logs && chmod 777 ${CONFIG}/logs`]);
    await world.run(['sh', '-c', `cat /dev/zero > ${CONFIG}/logs/full || true`]);
    assert.equal((await own('service', 'start')).code, 0);
    assert.equal(await online('at home'), bridgeId);
    await answers(stack);
    assert.equal((await statusOf(own)).running, true);
    const { stdout } = await world.run([
      'sh',
      '-c',
      `cd ${CONFIG}/logs; df --output=avail . | tail -1; cat bridge.log`,
    ]);
    assert.equal(stdout.trim(), '0', 'the disk is full, and nothing was written');
    assert.equal((await own('service', 'stop')).code, 0);
    await world.run(['umount', `${CONFIG}/logs`]);
  });

  it('is not started again when that would mend nothing', async () => {
    await world.run(['mv', `${CONFIG}/credentials.json`, `${CONFIG}/kept`]);
    await own('service', 'start');
    await until('it has ended', ONLINE_MS, async () => (await shown('ActiveState')) === 'failed');
    const status = await statusOf(own);
    assert.deepEqual([status.code, status.lastExit, status.note], [8, 'exit code 3', undefined]);
    const last = await own('logs', '-n', '1');
    assert.match(last.stdout, /error ended: .*cloudtolocalllm login/);
    await world.run(['mv', `${CONFIG}/kept`, `${CONFIG}/credentials.json`]);
  });

  it('has a log of all that, without a token, a prompt or an answer in it', async () => {
    const { stdout: log } = await own('logs', '--json');
    for (const state of ['started: version', 'online: ', 'stopped']) assert.ok(log.includes(state), log);
    const [first] = (await own('logs', '--since', '1h', '--level', 'error')).stdout.split('\n');
    assert.match(first ?? '', /^\S+Z error /);
    const { accessToken, refreshToken } = JSON.parse(credentials) as Record<string, string>;
    const said = { 'the prompt': PROMPT, 'the answer': SENTENCE, 'its beginning': SENTENCE.slice(0, 20) };
    assertNoSecrets(
      { log, console: (await world.run(['cat', '/run/console'])).stdout },
      { accessToken, refreshToken, ...said },
    );
    assert.equal((await world.run(['stat', '-c', '%a', `${CONFIG}/logs/bridge.log`])).stdout, '600\n');
  });

  it('leaves nothing when it is removed, however often', async () => {
    for (const said of [/is removed\.$/m, /^There was no service "cloudtolocalllm"/]) {
      const { code, stdout, stderr } = await own('service', 'uninstall');
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, said);
    }
    const found = await world.run(['find', `${SystemdWorld.HOME}/.config/systemd`, '-name', '*cloudtolocalllm*']);
    assert.equal(found.stdout, '');
    assert.equal((await statusOf(own)).code, 11);
  });
});

/** One answer from start to end. */
async function answers(stack: TestStack): Promise<void> {
  const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
  let last = '';
  for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) last = event.type;
  assert.equal(last, 'complete');
}

/** A file of credentials for one more computer of the stack's person. */
async function signedIn(stack: TestStack): Promise<string> {
  const { publicUrl: relay } = stack.stack;
  const tokens = await stack.stack.tokens();
  const folder = await mkdtemp(join(tmpdir(), 'c2l-service-'));
  try {
    await saveCredentials(folder, {
      relay,
      clientId: crypto.randomUUID(),
      issuer: `${relay}/oidc`,
      oidcClientId: tokens.clientId,
      accessToken: tokens.accessToken,
      accessTokenExpires: Date.now() + tokens.expiresIn * 1000,
      refreshToken: tokens.refreshToken,
    });
    return await readFile(join(folder, 'credentials.json'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
