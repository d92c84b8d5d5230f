import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launchdPlist } from './launchd-plist.ts';
import type { ServiceSpec } from './service.ts';
import { systemdUnit } from './systemd-unit.ts';
import { windowsTaskXml } from './windows-task-xml.ts';
import { taskFile } from './windows-task.ts';

const GOLDEN = new URL('golden/', import.meta.url).pathname;
/** Writes the files anew instead of comparing them: UPDATE_GOLDEN=1 node --test apps/bridge/src/service/golden.test.ts */
const UPDATES = process.env['UPDATE_GOLDEN'] === '1';

const plain: ServiceSpec = {
  name: 'cloudtolocalllm',
  profile: 'default',
  program: ['/usr/bin/cloudtolocalllm'],
  command: ['/usr/bin/cloudtolocalllm', 'up', '--service'],
  environment: {},
};
/** All that one of the three systems takes for something else. */
const odd: ServiceSpec = {
  name: 'cloudtolocalllm-work',
  profile: 'work',
  program: ['/opt/Änne & Co/100% $HOME/node', '/opt/<b>/it\'s "main".ts'],
  command: [
    '/opt/Änne & Co/100% $HOME/node',
    '/opt/<b>/it\'s "main".ts',
    '--profile',
    'work',
    'up',
    '--service',
    '--name',
    'a \\ b; ${c} %h\\',
    '',
  ],
  environment: { CLOUDTOLOCALLLM_HOME: '/home/änne/100% $HOME "x"', OLLAMA_HOST: '127.0.0.1:11434' },
};
const windows: ServiceSpec = {
  name: 'cloudtolocalllm',
  profile: 'default',
  program: [],
  command: [
    String.raw`C:\Program Files\nodejs\node.exe`,
    String.raw`C:\Users\Änne & Co\100%\npm\main.js`,
    'up',
    '--service',
    '--name',
    'a "b"\\',
  ],
  environment: {},
};

/** What the linters say: `xmllint` of libxml2, `plistlib` of Python, systemd's own. */
function lint(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(file, args, (error, stdout, stderr) =>
      resolve(error ? stderr || stdout || error.message : stdout + stderr),
    );
  });
}

function has(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`\nNOT RUN: the check of a service's file by ${program}, which is not installed.\n\n`);
    return false;
  }
}

async function isGolden(name: string, text: string): Promise<void> {
  const path = join(GOLDEN, name);
  if (UPDATES) await writeFile(path, text);
  assert.equal(text, await readFile(path, 'utf8'), `${name} has changed`);
}

describe('the file of a service', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'c2l-golden-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is the expected one for systemd', async () => {
    await isGolden('user.service', systemdUnit(plain, 'user', 252));
    await isGolden('user-254.service', systemdUnit(plain, 'user', 254));
    await isGolden('odd.service', systemdUnit(odd, 'user', 252));
    await isGolden('system.service', systemdUnit(plain, 'system', 252));
  });

  it('is the expected one for launchd', async () => {
    await isGolden('agent.plist', launchdPlist(plain));
    await isGolden('odd.plist', launchdPlist(odd));
    await isGolden('daemon.plist', launchdPlist(plain, 'anna'));
  });

  it('is the expected one for Windows', async () => {
    await isGolden('task.xml', windowsTaskXml(windows, String.raw`STUDIO\Änne`));
  });

  it('passes the verifier of systemd without a word', { skip: !has('systemd-analyze', '--version') }, async () => {
    for (const scope of ['user', 'system'] as const) {
      for (const [name, spec] of Object.entries({ plain, odd })) {
        // Only what is there passes; the words around it are those of the file.
        const command = [process.execPath, ...spec.command.slice(1)];
        const path = join(folder, `c2l-${scope}-${name}.service`);
        await writeFile(path, systemdUnit({ ...spec, name: `c2l-${name}`, command }, scope, await version()));
        const said = await lint('systemd-analyze', ['verify', `--${scope}`, '--man=no', path]);
        assert.equal(ours(said), '', `${scope} ${name}`);
      }
    }
  });

  it('passes the structure of its kind of XML', { skip: !has('xmllint', '--version') }, async () => {
    for (const name of ['agent.plist', 'odd.plist', 'daemon.plist']) {
      const said = await lint('xmllint', [
        '--nonet',
        '--noout',
        '--schema',
        join(GOLDEN, 'plist.xsd'),
        join(GOLDEN, name),
      ]);
      assert.equal(said, `${join(GOLDEN, name)} validates\n`);
    }
    const task = join(folder, 'task.xml');
    await writeFile(task, taskFile(await readFile(join(GOLDEN, 'task.xml'), 'utf8')));
    assert.equal(
      await lint('xmllint', ['--nonet', '--noout', '--schema', join(GOLDEN, 'task.xsd'), task]),
      `${task} validates\n`,
    );
    const wrong = join(folder, 'wrong.xml');
    await writeFile(wrong, (await readFile(task, 'utf16le')).replaceAll('LogonTrigger', 'LoginTrigger'), 'utf16le');
    assert.match(
      await lint('xmllint', ['--nonet', '--noout', '--schema', join(GOLDEN, 'task.xsd'), wrong]),
      /fails to validate/,
    );
  });

  it('means the same to a reader of property lists', { skip: !has('python3', '-c', 'import plistlib') }, async () => {
    const script = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
    const read = JSON.parse(await lint('python3', ['-c', script, join(GOLDEN, 'odd.plist')])) as Record<
      string,
      unknown
    >;
    assert.deepEqual(read['ProgramArguments'], odd.command);
    assert.deepEqual(read['EnvironmentVariables'], odd.environment);
    assert.deepEqual(read['KeepAlive'], { SuccessfulExit: false });
    assert.equal(read['Label'], 'cloudtolocalllm-work');
    assert.equal(read['Umask'], 0o077);
  });
});

async function version(): Promise<number> {
  return Number(/^systemd (\d+)/.exec(await lint('systemd-analyze', ['--version']))?.[1]);
}

/** Without what is about other units of this computer. */
function ours(said: string): string {
  return said
    .split('\n')
    .filter((line) => line.includes('c2l-'))
    .join('\n');
}
