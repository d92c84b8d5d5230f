import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { chosenEngines } from './chosen-engines.ts';
import { addToEngineFile, loadEngineFile, removeFromEngineFile } from './engine-file.ts';
import type { EngineChoice } from './engine-settings.ts';
import { watchEngineFile } from './watch-engine-file.ts';

async function folder(t: TestContext): Promise<{ directory: string; path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'bridge-engines-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return { directory, path: join(directory, 'engines.yaml') };
}

test('keeps engines for their owner alone, and comments as they were', async (t) => {
  const { directory, path } = await folder(t);
  assert.equal(await loadEngineFile(directory), undefined);
  await addToEngineFile(directory, {
    url: new URL('http://127.0.0.1:8000'),
    name: 'Studio',
    kind: 'vllm',
    key: 'sk-1',
  });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(directory), ['engines.yaml']);
  await writeFile(path, (await readFile(path, 'utf8')).replace('engines:', 'engines: # mine'));
  await addToEngineFile(directory, { url: new URL('https://llm.lan/api'), limit: 2 });
  await addToEngineFile(directory, { url: new URL('http://127.0.0.1:8000'), name: 'Office' });
  const text = await readFile(path, 'utf8');
  assert.match(text, /^# The engines of this computer[^]*# mine/);
  assert.doesNotMatch(text, /sk-1/, 'the newer one has no key');
  const choice = await loadEngineFile(directory);
  assert.deepEqual(choice, {
    discover: true,
    engines: [
      { url: new URL('http://127.0.0.1:8000'), name: 'Office' },
      { url: new URL('https://llm.lan/api'), limit: 2 },
    ],
  });
  await removeFromEngineFile(directory, 'Office');
  await removeFromEngineFile(directory, 'https://llm.lan/api/v1');
  assert.deepEqual((await loadEngineFile(directory))?.engines, []);
  await assert.rejects(removeFromEngineFile(directory, 'Office'), { code: 'usage', message: /No engine is called/ });
});

test('a wrong file is refused with line and reason, and is not made worse', async (t) => {
  const { directory, path } = await folder(t);
  const cases: [text: string, words: RegExp][] = [
    ['engines:\n  - url: [', /line \d+: /],
    ['engines:\n  - url: ftp://x', /line 2: engines\.0\.url: .*is not a URL/],
    ['discover: true\nengines:\n  - url: http://a\n    kind: gpt', /line 4: engines\.0\.kind: "gpt" is no kind/],
    ['engines:\n  - url: http://a\n    limit: 0', /line 3: engines\.0\.limit/],
    ['engines:\n  - url: http://a\n    colour: red', /line 2: engines\.0: .*colour/],
    ['engines:\n  - url: http://a\n    key: "two words"', /line 3: .*no blanks/],
    ['engines: 5', /line 1: engines/],
    ['- a', /line 1: the file/],
    ['a: &a [x]\nb: *a', /refers to itself/],
  ];
  for (const [text, words] of cases) {
    await writeFile(path, text);
    await assert.rejects(loadEngineFile(directory), { code: 'failed', message: words }, text);
    await assert.rejects(addToEngineFile(directory, { url: new URL('http://127.0.0.1:1') }), { message: words });
    assert.equal(await readFile(path, 'utf8'), text);
  }
  for (const empty of ['', '# nothing\n', 'engines:\n']) {
    await writeFile(path, empty);
    assert.deepEqual(await loadEngineFile(directory), { engines: [], discover: true });
    await addToEngineFile(directory, { url: new URL('http://127.0.0.1:1') });
    assert.equal((await loadEngineFile(directory))?.engines.length, 1);
  }
});

test('a file with keys that everybody may read is closed', async (t) => {
  const { directory, path } = await folder(t);
  await writeFile(path, 'engines:\n  - url: http://a\n    key: sk-1\n');
  await chmod(path, 0o644);
  await loadEngineFile(directory);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('those that are named are the only ones; else the file says; else they are found', async (t) => {
  const { directory } = await folder(t);
  const chosen = (engineUrl: string | undefined, ...named: string[]) => chosenEngines({ directory, engineUrl }, named);
  assert.deepEqual(await chosen(undefined), { by: 'nobody', choice: { engines: [], discover: true } });
  await addToEngineFile(directory, { url: new URL('http://127.0.0.1:1') });
  assert.equal((await chosen(undefined)).by, 'file');
  assert.deepEqual(await chosen('localhost'), {
    by: 'OLLAMA_HOST',
    choice: { engines: [{ url: new URL('http://localhost:11434') }], discover: false },
  });
  const { by, choice } = await chosen('localhost', 'http://a', 'http://b:1/v1', 'http://a/');
  assert.deepEqual([by, choice.engines.map(({ url }) => url.origin)], ['option', ['http://a', 'http://b:1']]);
});

test('tells of changes of the file, and of a wrong one that what was there stays', async (t) => {
  const { directory, path } = await folder(t);
  const told: (EngineChoice | Error)[] = [];
  const news = new EventTarget();
  const tell = (one: EngineChoice | Error): void => {
    told.push(one);
    news.dispatchEvent(new Event('told'));
  };
  const watch = watchEngineFile({ directory, changed: tell, refused: (error) => tell(error as Error) }); // as: thrown
  t.after(() => watch[Symbol.dispose]());
  const next = async (): Promise<EngineChoice | Error> => {
    while (told.length === 0) await once(news, 'told');
    return told.shift()!; // not empty
  };
  await addToEngineFile(directory, { url: new URL('http://127.0.0.1:1') });
  const added = await next();
  assert.ok('engines' in added && added.engines.length === 1);
  await writeFile(path, 'engines: 5');
  const wrong = await next();
  assert.ok(wrong instanceof Error && /line 1/.test(wrong.message));
  await rm(path);
  assert.deepEqual(await next(), { engines: [], discover: true });
});

test(
  'a key makes the file private wherever in an entry it stands',
  { skip: process.platform === 'win32' },
  async (t) => {
    const { directory, path } = await folder(t);
    const texts = [
      'engines:\n  - key: k\n    url: http://127.0.0.1:1\n',
      'engines: [{ url: "http://127.0.0.1:1", "key": k }]',
    ];
    for (const text of texts) {
      await writeFile(path, text);
      await chmod(path, 0o644);
      await loadEngineFile(directory);
      assert.equal((await stat(path)).mode & 0o777, 0o600, text);
    }
  },
);

test('a bridge that can not watch the file says so and goes on', async () => {
  const refused: unknown[] = [];
  const watching = watchEngineFile({
    directory: join(tmpdir(), 'there-is-no-such-folder'),
    changed() {},
    refused: (error) => refused.push(error),
  });
  watching[Symbol.dispose]();
  assert.equal(refused.length, 1);
});
