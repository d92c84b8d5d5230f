import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { launchd } from './launchd.ts';
import { runSteps, stepsText } from './run-steps.ts';
import { runTool } from './run-tool.ts';
import type { RunTool, ServiceSpec, Step } from './service.ts';
import { systemd } from './systemd.ts';
import { windowsTask } from './windows-task.ts';

const spec: ServiceSpec = {
  name: 'cloudtolocalllm-work',
  profile: 'work',
  program: ['/usr/bin/node', '/srv/c2l/main.ts'],
  command: ['/usr/bin/node', '/srv/c2l/main.ts', 'up', '--service'],
  environment: { OLLAMA_HOST: '127.0.0.1:1234' },
};
const { name } = spec;

/** A tool of a system that is not here: what it says, by a word of its command line. */
function saying(answers: Readonly<Record<string, string>>): RunTool {
  return async (command) => {
    const stdout = Object.entries(answers).find(([word]) => command.some((part) => part.includes(word)))?.[1];
    return { code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: stdout === undefined ? 'no' : '' };
  };
}

const commands = (steps: readonly Step[]): string[] =>
  steps.map((step) => (step.kind === 'run' ? step.command.join(' ') : `${step.kind} ${step.path}`));

describe('systemd', () => {
  const options = { run: saying({}), configHome: '/home/anna/.config', account: 'anna' };

  it('says what to do where it does not run, and removes files all the same', async () => {
    for (const [scope, message] of [
      ['user', /^Cannot reach your systemd \(systemctl --user\).*cloudtolocalllm up$/],
      ['system', /^Cannot reach systemd \(systemctl\).*cloudtolocalllm up$/],
    ] as const) {
      const manager = systemd({ ...options, scope });
      await assert.rejects(manager.check(spec), { code: 'failed', message });
      await assert.rejects(manager.control(name, 'start'), { code: 'failed', message });
      const status = await manager.status(name);
      assert.deepEqual([status.installed, status.running], [false, false]);
      assert.match(status.note ?? '', message);
      assert.ok((await manager.uninstall(name)).every(({ kind }) => kind === 'remove'));
    }
  });

  it("refuses a computer's service of a program in somebody's home, or with a name too long for a user", async () => {
    const manager = systemd({ ...options, scope: 'system', run: saying({ show: '' }) });
    const command = ['/home/anna/.nvm/node', '/srv/main.js'];
    await assert.rejects(manager.check({ ...spec, command }), { code: 'usage', message: /home folder: \/home\/anna/ });
    await assert.rejects(manager.check({ ...spec, name: 'c'.repeat(32) }), {
      code: 'usage',
      message: /too long by 1$/,
    });
    await manager.check(spec);
  });

  it('does not start what is not installed', async () => {
    const manager = systemd({ ...options, scope: 'user', run: saying({ show: '' }), exists: () => false });
    await assert.rejects(manager.control(name, 'start'), {
      message: /not installed: cloudtolocalllm service install$/,
    });
  });

  it('says that a service waits for its owner to sign in, unless it lingers', async () => {
    const linger = saying({ Linger: 'Linger=yes\n' });
    assert.deepEqual(await systemd({ ...options, scope: 'user', run: linger }).hints(spec), []);
    assert.match((await systemd({ ...options, scope: 'user' }).hints(spec)).join(''), /enable-linger/);
  });
});

describe('launchd', () => {
  const options = { userHome: '/Users/anna', account: 'anna', uid: 501, exists: () => true };
  const loaded = saying({ print: '\tstate = running\n\tpid = 77\n\tlast exit code = (never exited)\n' });

  it('loads an agent of the person anew, and unloads it', async () => {
    const manager = launchd({ ...options, scope: 'user', run: loaded });
    await manager.check(spec);
    assert.deepEqual(commands(await manager.install(spec)), [
      `launchctl bootout gui/501/${name}`,
      `write /Users/anna/Library/LaunchAgents/${name}.plist`,
      `launchctl enable gui/501/${name}`,
      `launchctl bootstrap gui/501 /Users/anna/Library/LaunchAgents/${name}.plist`,
    ]);
    assert.deepEqual(commands(await manager.uninstall(name)), [
      `launchctl bootout gui/501/${name}`,
      `remove /Users/anna/Library/LaunchAgents/${name}.plist`,
    ]);
    assert.deepEqual(commands(await manager.control(name, 'restart')).at(-1), `launchctl kickstart -k gui/501/${name}`);
  });

  it('makes a daemon that runs as the person, never as root', async () => {
    const manager = launchd({ ...options, scope: 'system', run: loaded });
    const [, write] = await manager.install(spec);
    assert.ok(write?.kind === 'write' && write.path === `/Library/LaunchDaemons/${name}.plist`);
    assert.match(write.content.toString(), /<key>UserName<\/key>\s*<string>anna<\/string>/);
    const asRoot = launchd({ ...options, scope: 'system', run: loaded, account: 'root' });
    await assert.rejects(asRoot.check(spec), { code: 'usage' });
  });

  it('reads how a service is', async () => {
    const status = (text?: string) =>
      launchd({ ...options, scope: 'user', run: saying(text === undefined ? {} : { print: text }) }).status(name);
    const { running, pid, lastExit } = await launchd({ ...options, scope: 'user', run: loaded }).status(name);
    assert.deepEqual([running, pid, lastExit], [true, 77, undefined]);
    const ended = await status('\tstate = not running\n\tlast exit code = 1\n');
    assert.deepEqual([ended.installed, ended.running, ended.lastExit], [true, false, 'exit code 1']);
    assert.deepEqual((await status()).enabled, false);
  });
});

describe('the Task Scheduler', () => {
  const options = { account: 'STUDIO\\anna', directory: 'C:\\c2l', environment: spec.environment };
  const ready = saying({ Query: '', Get: '{"state":4,"result":267009,"lastRun":"2026-05-01T08:00:00"}' });

  it('takes a task from a file that is gone afterwards', async () => {
    const manager = windowsTask({ ...options, scope: 'user', run: ready });
    await manager.check(spec);
    const steps = await manager.install(spec);
    const [write, ...others] = steps;
    assert.ok(write?.kind === 'write' && Buffer.isBuffer(write.content));
    assert.deepEqual([...write.content.subarray(0, 4)], [0xff, 0xfe, 0x3c, 0x00]);
    assert.deepEqual(commands(others), [
      `schtasks.exe /End /TN ${name}`,
      `schtasks.exe /Create /TN ${name} /XML ${write.path} /F`,
      `remove ${write.path}`,
      `schtasks.exe /Run /TN ${name}`,
    ]);
    assert.match((await manager.hints(spec)).join(''), /OLLAMA_HOST.*setx/);
    await assert.rejects(windowsTask({ ...options, scope: 'system', run: ready }).check(spec), { code: 'usage' });
  });

  it('reads how a task is, in whatever language Windows speaks', async () => {
    const status = (text?: string) =>
      windowsTask({ ...options, scope: 'user', run: saying(text === undefined ? {} : { Get: text }) }).status(name);
    const running = await windowsTask({ ...options, scope: 'user', run: ready }).status(name);
    assert.deepEqual([running.running, running.enabled, running.lastExit], [true, true, undefined]);
    const ended = await status('{"state":3,"result":3,"lastRun":null}');
    assert.deepEqual([ended.running, ended.lastExit], [false, 'exit code 3']);
    assert.equal((await status()).installed, false);
  });
});

describe('the steps of a service', () => {
  it('are done in order, and end at the first that fails and had to succeed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'c2l-steps-'));
    try {
      const path = join(folder, 'new', 'file');
      const steps: Step[] = [
        { kind: 'write', path, content: 'text', mode: 0o600 },
        { kind: 'run', command: ['/bin/sh', '-c', 'exit 1'], mayFail: true },
        { kind: 'run', command: ['/bin/sh', '-c', 'echo the reason >&2; exit 1'] },
        { kind: 'remove', path },
      ];
      await assert.rejects(runSteps(steps, runTool), { code: 'failed', message: /^Cannot run .*: the reason$/ });
      assert.equal(await readFile(path, 'utf8'), 'text');
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      await runSteps(
        [
          { kind: 'remove', path: join(folder, 'new') },
          { kind: 'remove', path },
        ],
        runTool,
      );
      assert.equal(existsSync(path), false);
      const missing: Step = { kind: 'run', command: [join(folder, 'no-such-tool')] };
      await assert.rejects(runSteps([missing], runTool), { code: 'failed', message: /no-such-tool.*ENOENT/ });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('can be printed instead', () => {
    const content = Buffer.from('\uFEFF<xml/>', 'utf16le');
    assert.equal(
      stepsText([
        { kind: 'write', path: '/x', content: 'text\n', mode: 0o644 },
        { kind: 'write', path: '/y', content, mode: 0o600 },
        { kind: 'run', command: ['systemctl', 'start', "it's"] },
        { kind: 'remove', path: '/x' },
      ]),
      String.raw`# write /x (mode 0644)
text

# write /y (mode 0600)
<xml/>

systemctl start 'it'\''s'
# remove /x`,
    );
  });
});
