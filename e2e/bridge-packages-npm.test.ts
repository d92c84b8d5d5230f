import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { buildNpmPackage } from '../apps/bridge/build/npm-package.ts';
import { doMainJob } from './support/main-job.ts';
import { TestStack } from './support/test-stack.ts';

const run = promisify(execFile);
/** What is downloaded by everybody who tries it with npx. */
const MAX_TARBALL_BYTES = 1_000_000;

/** Another Node that is too old, when this machine has one. */
async function findOldNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const { stdout } = await run(join(folder, 'node'), ['--version']).catch(() => ({ stdout: '' }));
    const [, major] = /^v(\d+)\./.exec(stdout) ?? [];
    if (major !== undefined && Number(major) < 24) return join(folder, 'node');
  }
  return undefined;
}

describe('the npm package', () => {
  let folder: string;
  let tarball: string;
  let stack: TestStack;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bridge-npm-'));
    const built = await buildNpmPackage(join(folder, 'package'));
    await npm('pack', '--pack-destination', folder, built);
    const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
    tarball = join(folder, name ?? '');
    stack = await TestStack.start({ bridge: false, relayEnv: { DOWNLOADS_DIR: folder } });
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const prefix = (): string => join(folder, 'prefix');
  const home = (): string => join(folder, 'home');
  /** What a person has who installed it: this Node and their home. */
  const environment = (): NodeJS.ProcessEnv => ({
    PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    HOME: home(),
  });

  /** With this machine's own settings and cache: optional packages come from there, or from its registry. */
  async function npm(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline', '--fetch-retries=1'];
    return run('npm', [...args, ...quiet], { cwd: folder });
  }

  /** Of what npm said, what would look like a fault to a person; not what this machine's own settings bring about. */
  function faults(said: string): string[] {
    return said.split('\n').filter((line) => line !== '' && !/ config "/.test(line));
  }

  it('is small', async () => {
    const { size } = await stat(tarball);
    assert.ok(size < MAX_TARBALL_BYTES, `${size} bytes`);
  });

  it('is installed, does the main job, and is removed without a trace', async () => {
    // From the relay, as its guide says.
    const [offered] = await stack.client.downloads.list();
    const { stderr } = await npm('install', '--global', '--prefix', prefix(), offered?.url ?? '');
    assert.deepEqual(faults(stderr), []);
    const program = join(prefix(), 'bin/cloudtolocalllm');
    await doMainJob(stack, (args) => spawn(program, args, { env: environment(), cwd: folder }));

    await npm('uninstall', '--global', '--prefix', prefix(), 'cloudtolocalllm');
    const left = await readdir(prefix(), { recursive: true, withFileTypes: true });
    assert.deepEqual(
      left.filter((entry) => !entry.isDirectory()).map(({ name }) => name),
      [],
    );
    // What a person has to remove by themselves, as the guide says.
    assert.deepEqual(await readdir(home()), ['.config']);
    assert.deepEqual(await readdir(join(home(), '.config')), ['cloudtolocalllm']);
  });

  it('runs with npx, without its optional parts too', async () => {
    const { stdout: said } = await npm(
      'exec',
      '--yes',
      '--omit=optional',
      '--cache',
      join(folder, 'cache'),
      '--package',
      tarball,
      '--',
      'cloudtolocalllm',
      '--version',
    );
    assert.match(said, /^\d+\.\d+\.\d+$/m);
  });

  it('says in one sentence that a Node is too old', async (t: TestContext) => {
    const node = await findOldNode();
    if (node === undefined)
      return t.skip('There is no older Node in PATH: what it says there is checked by a unit test alone');
    const program = join(folder, 'package/bin/cloudtolocalllm.cjs');
    const failure: unknown = await run(node, [program, 'login']).catch((error: unknown) => error);
    const { code, stderr } = failure as { code: number; stderr: string }; // as: of execFile
    assert.equal(code, 1);
    assert.match(stderr, /^cloudtolocalllm needs Node\.js 24 or newer; this is v\d+.*\n$/);
  });
});
