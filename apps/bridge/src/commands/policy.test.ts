import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { lstat, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';

const MAIN = new URL('../main.ts', import.meta.url).pathname;

describe('policy', () => {
  const root = mkdtempSync(join(tmpdir(), 'bridge-policy-command-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  let home = '';
  let file = '';
  let count = 0;
  beforeEach(() => {
    home = join(root, String(count++));
    file = join(home, 'policy.yaml');
  });

  function run(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; stdout: string; stderr: string }> {
    const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string; stderr: string }>();
    const all = { PATH: process.env['PATH'], CLOUDTOLOCALLLM_HOME: home, NO_COLOR: '1', ...env };
    const child = execFile(process.execPath, [MAIN, 'policy', ...args], { env: all }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.end(); // an editor that asks a person is answered by nobody
    return promise;
  }

  it('shows what would hold, in words and for scripts, and where a permission comes from', async () => {
    const [words, json, path] = await Promise.all([
      run([], { CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT: '1' }),
      run(['show', '--json']),
      run(['path']),
    ]);
    assert.match(words.stdout, /^Policy {4}defaults \(there is no .*policy\.yaml\) \(no bridge is running\)$/m);
    assert.match(words.stdout, /loaded, pulled, deleted \(by CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT\)$/m);
    const shown = JSON.parse(json.stdout) as Record<string, unknown>; // its own output
    assert.deepEqual([shown['from'], shown['running'], shown['path']], ['defaults', false, file]);
    assert.equal(path.stdout, `${file}\n`);
  });

  it('checks a file by line and column, also for scripts', async () => {
    await run(['init']);
    assert.equal((await run(['check'])).code, 0);
    const other = join(home, 'other.yaml');
    await writeFile(other, 'hours: never\n');
    const [wrong, json, absent] = await Promise.all([
      run(['check', other]),
      run(['check', other, '--json']),
      run(['check', join(home, 'no.yaml')]),
    ]);
    assert.equal(wrong.code, 1);
    assert.match(
      wrong.stderr,
      /other\.yaml:1:8: "hours" cannot be "never": write .*\n {2}1 \| hours: never\n {13}\^\n$/,
    );
    assert.equal(json.code, 1);
    const { correct, faults } = JSON.parse(json.stdout) as { correct: boolean; faults: { line: number }[] }; // as above
    assert.deepEqual([correct, faults[0]?.line], [false, 1]);
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /there is no such file/);
  });

  it('says whether a call would be let through, at any time', async () => {
    await run(['init']);
    await writeFile(file, 'models: {allow: ["llama*"]}\nhours: ["mon-fri 08:00-18:00"]\n');
    const chat = ['test', 'post', '/v1/chat/completions', '--model'];
    const [yes, otherModel, saturday, noTime] = await Promise.all([
      run([...chat, 'llama3.2', '--at', 'mon 09:00']),
      run([...chat, 'qwen3', '--at', 'mon 09:00', '--json']),
      run([...chat, 'llama3.2', '--at', 'sat 09:00']),
      run([...chat, 'llama3.2', '--at', 'noon']),
    ]);
    assert.deepEqual([yes.code, yes.stdout], [0, 'Allowed\n']);
    assert.equal(otherModel.code, 1);
    assert.match(otherModel.stdout, /^\{"allowed":false,"reason":"The policy of this bridge does not allow the model/);
    assert.equal(saturday.code, 1);
    assert.match(saturday.stdout, /^Not allowed: This bridge is closed until Mon 08:00/);
    assert.equal(noTime.code, 2);
  });

  it('takes what was edited when it is right, and keeps a link and its rights', async () => {
    await run(['init']);
    const target = join(home, 'dotfiles.yaml');
    await rename(file, target);
    await symlink('dotfiles.yaml', file);
    const edited = await run(['edit'], { EDITOR: "sed -i 's/^hours: always/hours: [sat]/'" });
    assert.equal(edited.code, 0, edited.stderr);
    assert.match(edited.stdout, /^Taken: /);
    assert.match(await readFile(target, 'utf8'), /^hours: \[sat\]$/m);
    assert.ok((await lstat(file)).isSymbolicLink());
    assert.equal((await stat(target)).mode & 0o777, 0o600);
    assert.match((await run(['edit'], { VISUAL: 'true', EDITOR: 'false' })).stdout, /^Nothing has changed/);
  });

  it('opens no editor where there is no terminal for it, and writes nothing', async () => {
    const { code, stdout, stderr } = await run(['edit']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.equal(stderr, `There is no terminal for an editor: name one in EDITOR, or change ${file} yourself\n`);
    assert.deepEqual(await readdir(home).catch(() => []), []);
  });

  it('leaves the policy as it was when the edit is wrong, the editor fails or somebody else was quicker', async () => {
    await run(['init']);
    const before = await readFile(file, 'utf8');
    const [wrong, failed, gone] = await Promise.all([
      run(['edit'], { EDITOR: "sed -i 's/^hours: always/hours: never/'" }),
      run(['edit'], { EDITOR: 'no-such-editor' }),
      run(['edit'], { EDITOR: 'rm' }),
    ]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /policy\.yaml:\d+:8: "hours" cannot be "never"/);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /^The editor "no-such-editor" ended with 127/m);
    assert.equal(gone.code, 1);
    assert.equal(await readFile(file, 'utf8'), before);

    const quicker = join(root, 'quicker.sh');
    await writeFile(quicker, `echo 'hours: [sun]' > "$1"\necho 'hours: [sat]' > '${file}'\n`);
    const late = await run(['edit'], { EDITOR: `sh ${quicker}` });
    assert.equal(late.code, 1);
    assert.match(late.stderr, /changed by somebody else meanwhile/);
    assert.equal(await readFile(file, 'utf8'), 'hours: [sat]\n');
    assert.deepEqual(await readdir(home), ['policy.yaml']);
  });
});
