import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { buildDeb } from '../apps/bridge/build/deb-package.ts';
import { buildExecutable, type Executable } from '../apps/bridge/build/executable.ts';
import { writeImageContext } from '../apps/bridge/build/image-context.ts';
import { TestDocker } from '../apps/relay/src/proxies/drivers/test-docker.ts';
import { BridgeImage } from './support/bridge-image.ts';
import { DebianRoot } from './support/debian-root.ts';
import { doMainJob } from './support/main-job.ts';
import { TestStack, until } from './support/test-stack.ts';

const run = promisify(execFile);
/** Somebody who uses the computer, in the Debian root. */
const PERSON = { id: 1000, home: '/home/person' };
/** What people and their shells, manuals and systemd look for. */
const FILES = [
  '/usr/bin/cloudtolocalllm',
  '/usr/lib/systemd/system/cloudtolocalllm.service',
  '/usr/lib/systemd/user/cloudtolocalllm.service',
  '/usr/share/bash-completion/completions/cloudtolocalllm',
  '/usr/share/fish/vendor_completions.d/cloudtolocalllm.fish',
  '/usr/share/man/man1/cloudtolocalllm.1.gz',
  '/usr/share/zsh/vendor-completions/_cloudtolocalllm',
];

describe('packages that bring their own Node', () => {
  let folder: string;
  let stack: TestStack;
  let executable: Executable;
  let deb: string;
  let root: DebianRoot | string;
  /** What lintian says of the Debian package; undefined where there is no lintian. */
  let lintian: string | undefined;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bridge-executable-'));
    const parts = [
      async () => void (root = await DebianRoot.make()),
      async () => void (stack = await TestStack.start({ bridge: false })),
      buildPackages,
    ];
    // What one of them has begun is there to be removed, although another has failed.
    for (const result of await Promise.allSettled(parts.map((part) => part()))) {
      if (result.status === 'rejected') throw result.reason;
    }
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    if (typeof root === 'object') await root[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function buildPackages(): Promise<void> {
    executable = await buildExecutable(join(folder, 'built'));
    deb = await buildDeb(executable, { folder: join(folder, 'deb'), compression: ['-Zgzip', '-z1'] });
    // Here, since it takes as long as making the Debian root.
    if (existsSync('/usr/bin/lintian')) lintian = (await run('lintian', ['--fail-on', 'none', deb])).stdout;
  }

  /** The Debian root, unless there is none: what is tested in it is told to be untested then. */
  function debianFor(t: TestContext): DebianRoot | undefined {
    if (typeof root === 'object') return root;
    t.skip(`Not tested here, because ${root}`);
    return undefined;
  }

  it('as one file in an empty folder, without any environment, it does the main job', async () => {
    const place = join(folder, 'alone');
    await mkdir(place);
    const program = join(place, basename(executable.path));
    await cp(executable.path, program);
    const home = join(folder, 'home');
    await doMainJob(stack, (args) => spawn(program, args, { env: { HOME: home }, cwd: place }));
    assert.deepEqual(await readdir(place), [basename(program)]);
    assert.deepEqual(await readdir(home), ['.config']);
  });

  it('tells nothing of the computer that it was built on', async () => {
    const bytes = await readFile(executable.path);
    const repository = join(import.meta.dirname, '..');
    assert.deepEqual(
      [folder, repository].filter((path) => bytes.includes(path) || bytes.includes(path, 0, 'utf16le')),
      [],
    );
  });

  it('as a Debian package it is what lintian asks for', (t) => {
    if (lintian === undefined) return t.skip('lintian is not installed (Debian: apt-get install lintian)');
    assert.doesNotMatch(lintian, /^[EW]: /m);
  });

  it('as a Debian package it is installed, does the main job, and is purged without a trace', async (t) => {
    const debian = debianFor(t);
    if (!debian) return;
    await debian.run('useradd', '--uid', String(PERSON.id), '--create-home', '--home-dir', PERSON.home, 'person');
    await debian.put(deb, '/root/bridge.deb');
    const paths = await debian.paths();
    await debian.run('dpkg', '--install', '/root/bridge.deb');
    const installed = await debian.paths();
    assert.deepEqual(
      FILES.filter((path) => !installed.includes(path)),
      [],
    );
    await doMainJob(stack, (args) => debian.start(['cloudtolocalllm', ...args], PERSON));

    const unit = '/usr/lib/systemd/system/cloudtolocalllm.service';
    const enabled = join(debian.folder, 'etc/systemd/system/multi-user.target.wants/cloudtolocalllm.service');
    await mkdir(join(enabled, '..'), { recursive: true });
    await symlink(unit, enabled);
    await debian.run('dpkg', '--install', '/root/bridge.deb');
    await debian.run('dpkg', '--remove', 'cloudtolocalllm');
    await debian.run('dpkg', '--purge', 'cloudtolocalllm');

    const left = await debian.paths();
    const made = left.filter((path) => !paths.includes(path));
    const isPersons = (path: string): boolean => path.startsWith(`${PERSON.home}/`);
    assert.deepEqual([made.filter((path) => !isPersons(path)), paths.filter((path) => !left.includes(path))], [[], []]);
    assert.ok(made.includes(`${PERSON.home}/.config/cloudtolocalllm`));
  });

  it('as an image it does the main job, says that it is healthy, and stops when it is asked to', async (t) => {
    const debian = debianFor(t);
    if (!debian) return;
    const docker = await TestDocker.start();
    if (typeof docker === 'string') return t.skip(`Not tested here, because ${docker}`);
    try {
      const image = await BridgeImage.build(
        docker,
        debian,
        await writeImageContext(executable, join(folder, 'context')),
      );
      await doMainJob(stack, (args) => image.start(args));

      await image.startService(['up', '--engine-url', stack.stack.engine.url.origin]);
      await until(
        'its container is healthy',
        20_000,
        async () => (await image.inspect('{{.State.Health.Status}}')) === 'healthy',
      );
      assert.equal(await image.run('exec', 'bridge', 'id', '--user'), '65532');
      await image.stop();
      // 137 if Docker had to kill it.
      assert.equal(await image.inspect('{{.State.ExitCode}}'), '0');
    } finally {
      await docker[Symbol.asyncDispose]();
    }
  });
});
