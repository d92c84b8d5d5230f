import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

describe('what a person types wrongly, or finds in their way', () => {
  let home = '';
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'bridge-test-'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  function run(args: string[], folder = home): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { PATH: process.env['PATH'], CLOUDTOLOCALLLM_HOME: folder, CLOUDTOLOCALLLM_KEYCHAIN: 'off' };
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  }

  it('is told which commands there are below the one that they mistyped', async () => {
    for (const [args, message] of [
      [['policy', 'chek'], /^error: unknown command 'chek': there are show, path, init, edit, check, test\n$/],
      [['engines', 'ad'], /^error: unknown command 'ad': there are add, remove\n$/],
    ] as const) {
      const { code, stdout, stderr } = await run([...args]);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, message);
      assert.equal((JSON.parse((await run([...args, '--json'])).stderr) as { code: string }).code, 'usage'); // as: ours
    }
    assert.equal((await run(['policy'])).code, 0);
    assert.match(
      (await run(['policy', 'test', 'POST', 'api/chat'])).stderr,
      /begins with a slash, such as \/api\/chat/,
    );
  });

  it('is told the commands of the profile that they named', async () => {
    const { code, stderr } = await run(['--profile', 'work', 'status']);
    assert.equal(code, 3);
    assert.match(stderr, /Sign in with: cloudtolocalllm --profile work login\n/);
    const { checks } = JSON.parse((await run(['--profile', 'work', 'doctor', '--json', '--no-exchange'])).stdout) as {
      checks: { id: string; advice?: string }[];
    }; // as: of `doctor --json`
    assert.match(checks.find(({ id }) => id === 'bridge')?.advice ?? '', /cloudtolocalllm --profile work up$/);
    assert.match((await run(['status'])).stderr, /Sign in with: cloudtolocalllm login\n/);
  });

  it('is told what is wrong with a folder in a sentence, without a stack', async () => {
    const blocked = join(home, 'a file');
    await writeFile(blocked, '');
    for (const args of [['engines', 'add', 'http://127.0.0.1:1'], ['logout']]) {
      const { code, stderr } = await run(args, join(blocked, 'folder'));
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, /^Cannot use .*\(ENOTDIR\): .*CLOUDTOLOCALLLM_HOME\.\n$/);
    }
  });

  it('gets JSON from "engines add" and "engines remove" when they want it, and removes by what they added', async () => {
    const added = await run(['engines', 'add', 'localhost:9', '--name', 'Mine', '--json']);
    const { done, address, trouble } = JSON.parse(added.stdout) as Record<string, string>;
    assert.deepEqual([added.code, done, address, typeof trouble], [0, 'added', 'http://localhost:9', 'string']);
    const twice = await run(['engines', 'add', 'localhost:10', '--name', 'Mine']);
    assert.equal(twice.code, 2);
    assert.match(twice.stderr, /called "Mine" already, at http:\/\/localhost:9: choose another name/);
    const removed = await run(['engines', 'remove', 'localhost:9', '--json']);
    assert.deepEqual(JSON.parse(removed.stdout), { done: 'removed', engine: 'localhost:9' });
    assert.doesNotMatch(await readFile(join(home, 'engines.yaml'), 'utf8'), /localhost/);
  });

  it('reads one default of an option in its help', async () => {
    for (const command of ['up', 'connect', 'logs']) {
      assert.doesNotMatch((await run([command, '--help'])).stdout, /\(default[^)]*\)\s+\(default/, command);
    }
  });
});
