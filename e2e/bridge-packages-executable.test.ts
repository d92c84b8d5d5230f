import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
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
    const making = DebianRoot.make().then((made) => (root = made));
    const starting = TestStack.start({ bridge: false }).then((started) => (stack = started));
    const building = buildExecutable(join(folder, 'built')).then(async (built) => {
      executable = built;
      deb = await buildDeb(built, { folder: join(folder, 'deb'), compression: ['-Zgzip', '-z1'] });
      // Here, since it takes as long as making the Debian root.
      if (existsSync('/usr/bin/lintian')) lintian = (await run('lintian', ['--fail-on', 'none', deb])).stdout;
    });
    // What one of them has begun is there to be removed, although another has failed.
    for (const result of await Promise.allSettled([making, starting, building])) {
      if (result.status === 'rejected') throw result.reason;
    }
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    if (typeof root === 'object') await root[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** The Debian root, unless there is none: what is tested in it is told to be untested then. */
  function debian(t: { skip: (why: string) => void }): DebianRoot | undefined {
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

  it('as a Debian package it is what lintian asks for', (t) => {
    if (lintian === undefined) return t.skip('lintian is not installed (Debian: apt-get install lintian)');
    assert.doesNotMatch(lintian, /^[EW]: (?!cloudtolocalllm: no-manual-page)/m);
  });

  it('as a Debian package it is installed, does the main job, and is purged without a trace', async (t) => {
    const debian_ = debian(t);
    if (!debian_) return;
    await debian_.run('useradd', '--uid', String(PERSON.id), '--create-home', '--home-dir', PERSON.home, 'person');
    await debian_.put(deb, '/root/bridge.deb');
    const before = await debian_.paths();
    await debian_.run('dpkg', '--install', '/root/bridge.deb');
    await doMainJob(stack, (args) => debian_.start(['cloudtolocalllm', ...args], PERSON));

    const unit = '/usr/lib/systemd/system/cloudtolocalllm@.service';
    const enabled = join(debian_.folder, 'etc/systemd/system/multi-user.target.wants/cloudtolocalllm@person.service');
    await mkdir(join(enabled, '..'), { recursive: true });
    await symlink(unit, enabled);
    await debian_.run('dpkg', '--install', '/root/bridge.deb');
    await debian_.run('dpkg', '--remove', 'cloudtolocalllm');
    await debian_.run('dpkg', '--purge', 'cloudtolocalllm');

    const after_ = await debian_.paths();
    const made = after_.filter((path) => !before.includes(path));
    const persons = made.filter((path) => path.startsWith(PERSON.home));
    assert.deepEqual(
      made.filter((path) => !path.startsWith(PERSON.home)),
      [],
    );
    assert.ok(persons.includes(`${PERSON.home}/.config/cloudtolocalllm`));
    assert.deepEqual(
      before.filter((path) => !after_.includes(path)),
      [],
    );
  });

  it('as an image it does the main job, says that it is healthy, and stops when it is asked to', async (t) => {
    const debian_ = debian(t);
    if (!debian_) return;
    const docker = await TestDocker.start();
    if (typeof docker === 'string') return t.skip(`Not tested here, because ${docker}`);
    await using _docker = docker;
    const image = await BridgeImage.build(
      docker,
      debian_,
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
  });
});
