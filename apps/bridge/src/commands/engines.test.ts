import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ollamaLists, openaiLists, testEngine } from '../engines/test-exchange.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

async function start(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'bridge-engines-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const run = async (args: string[], { input = '', env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {}) => {
    const child = spawn(process.execPath, [MAIN, 'engines', ...args], {
      env: { PATH: process.env['PATH'], CLOUDTOLOCALLLM_HOME: home, NO_COLOR: '1', ...env },
    });
    child.stdin.end(input);
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, stdout, stderr };
  };
  return { run, file: join(home, 'engines.yaml') };
}

test('adds, lists and removes engines, and shows no key', async (t) => {
  const { run, file } = await start(t);
  const [ollama, vllm] = await Promise.all([
    testEngine(t, ollamaLists('a', 'b')),
    testEngine(t, openaiLists('vllm', 'c')),
  ]);
  const first = await run(['add', ollama.url.origin]);
  assert.deepEqual(first, {
    code: 0,
    stdout: `Ollama at ${ollama.url.origin} is used from now on: 2 models.\n`,
    stderr: '',
  });
  await run(['add', `${vllm.url.origin}/v1`, '--name', 'Studio', '--limit', '3', '--key-stdin'], {
    input: 'sk-secret\n',
  });
  await run(['add', 'http://127.0.0.1:9'], { env: { CLOUDTOLOCALLLM_ENGINE_KEY: 'sk-other' } });
  assert.match(await readFile(file, 'utf8'), /key: sk-secret[^]*key: sk-other/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const { stdout } = await run([]);
  assert.match(stdout, /^ENGINE +ADDRESS +STATE +MODELS +RUNNING +QUEUED$/m);
  assert.match(stdout, /^Studio +http:\S+ +up +1 +0\/3 +0$/m);
  assert.match(stdout, /^127\.0\.0\.1:9 .* absent /m);
  assert.match(stdout, /no engine answers at http:\/\/127\.0\.0\.1:9$/m);
  const json = (await run(['--json'])).stdout;
  assert.doesNotMatch(json + stdout, /sk-/);
  assert.deepEqual(
    (JSON.parse(json) as { engines: { name: string }[] }).engines.slice(0, 3).map(({ name }) => name),
    [ollama.url.host, 'Studio', '127.0.0.1:9'],
  );
  assert.equal((await run(['remove', 'Studio'])).code, 0);
  assert.doesNotMatch(await readFile(file, 'utf8'), /sk-secret/);
});

test('two that are added at the same time are both there, and one that is removed meanwhile is not', async (t) => {
  const { run, file } = await start(t);
  await run(['add', 'http://127.0.0.1:9', '--name', 'old']);
  const names = ['a', 'b', 'c', 'd'];
  const ends = await Promise.all([
    run(['remove', 'old']),
    ...names.map((name, index) => run(['add', `http://127.0.0.1:${index + 1}`, '--name', name])),
  ]);
  assert.deepEqual(
    ends.map(({ code, stderr }) => [code, stderr]),
    ends.map(() => [0, '']),
  );
  const kept = [...(await readFile(file, 'utf8')).matchAll(/^ +name: (\w)$/gm)].map(([, name = '']) => name);
  assert.deepEqual(kept.toSorted(), names);
  assert.deepEqual(await readdir(dirname(file)), ['engines.yaml']);
});

test('says what is wrong with how it was called', async (t) => {
  const { run } = await start(t);
  const cases: [args: string[], words: RegExp][] = [
    [['add'], /missing required argument/],
    [['add', 'ftp://x'], /is not a URL/],
    [['add', 'http://127.0.0.1:9', '--kind', 'gpt'], /Use one of: ollama/],
    [['add', 'http://127.0.0.1:9', '--limit', '0'], /from 1 to 1024/],
    [['add', 'http://127.0.0.1:9', '--ask-key'], /no terminal/],
    [['remove', 'nobody'], /No engine is called "nobody"/],
  ];
  await Promise.all(
    cases.map(async ([args, words]) => {
      const { code, stderr } = await run(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, words);
    }),
  );
});
