import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { unremovable } from './test-unremovable.ts';
import { removeOldPrograms, workerProgram } from './worker-program.ts';

const run = promisify(execFile);

/** A folder with sources, and one for the program. */
async function folders(t: TestContext, sources: Record<string, string>): Promise<{ sources: string; folder: string }> {
  const root = await mkdtemp(join(tmpdir(), 'worker-program-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(sources)) {
    const path = join(root, 'sources', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  await mkdir(join(root, 'out'));
  return { sources: join(root, 'sources'), folder: join(root, 'out') };
}

const SOURCES = {
  'app/main.ts': `import { basename } from 'node:path';
import type { Absent } from './absent.ts';
import {
  text,
} from '../shared/text.ts';
export const said: string = text(basename('/a/b') as Absent);
console.log(said); // as said from './nowhere.ts'
`,
  'shared/text.ts': `export * from './deep/upper.ts';
export function text(word: string): string { return \`\${word} from './text.ts'\`; }
`,
  'shared/deep/upper.ts': 'export const upper = (word: string): string => word.toUpperCase();\n',
  'first.ts': "console.log('first' satisfies string);\n",
};

test('runs as plain JavaScript, its imports with it, what comes before at first', async (t) => {
  const { sources, folder } = await folders(t, SOURCES);
  const entry = join(sources, 'app/main.ts');
  const program = await workerProgram({ folder, entry, before: [join(sources, 'first.ts')] });
  const { stdout, stderr } = await run(process.execPath, ['--no-experimental-strip-types', program]);
  assert.equal(stdout, "first\nb from './text.ts'\n");
  assert.equal(stderr, '');
});

test('is written once per content, and again when it was damaged', async (t) => {
  const { sources, folder } = await folders(t, SOURCES);
  const entry = join(sources, 'app/main.ts');
  // Two relays that start at the same time.
  const [one, other] = await Promise.all([workerProgram({ folder, entry }), workerProgram({ folder, entry })]);
  assert.equal(one, other);
  assert.equal((await readdir(folder)).length, 1);
  const file = join(dirname(one), 'shared/text.js');
  const before = await readFile(file, 'utf8');
  await writeFile(file, '');
  assert.equal(await workerProgram({ folder, entry }), one);
  assert.equal(await readFile(file, 'utf8'), before);
});

test('of another version it is another folder, and the old one can be swept', async (t) => {
  const { sources, folder } = await folders(t, SOURCES);
  const entry = join(sources, 'app/main.ts');
  const old = await workerProgram({ folder, entry });
  await writeFile(join(sources, 'shared/deep/upper.ts'), 'export const upper = 1;\n');
  const current = await workerProgram({ folder, entry });
  assert.notEqual(current, old);
  await mkdir(join(folder, 'not-ours'));
  assert.equal(await removeOldPrograms(folder, current, { warn: () => assert.fail('all can be removed') }), 0);
  assert.deepEqual(
    (await readdir(folder)).toSorted(),
    ['not-ours', dirname(current).slice(folder.length + 1)].toSorted(),
  );
});

test('an old one that cannot be removed is told of, and the others go', async (t) => {
  const { folder } = await folders(t, {});
  const [stuck, old] = [`worker-${'0'.repeat(16)}`, `worker-${'1'.repeat(16)}`];
  await using _ = await unremovable(join(folder, stuck));
  await mkdir(join(folder, old));
  const told: unknown[] = [];
  assert.equal(await removeOldPrograms(folder, undefined, { warn: (what: object) => void told.push(what) }), 1);
  assert.equal(told.length, 1);
  assert.deepEqual(await readdir(folder), [stuck]);
});

test('is refused when it imports a package, by name: it runs where there is none', async (t) => {
  const { sources, folder } = await folders(t, { 'main.ts': "import { z } from 'zod';\nz.string();\n" });
  await assert.rejects(workerProgram({ folder, entry: join(sources, 'main.ts') }), /imports "zod"/);
  assert.deepEqual(await readdir(folder), []);
});

test('without its sources, says which is missing', async (t) => {
  const { sources, folder } = await folders(t, { 'main.ts': "import './gone.ts';\n" });
  await assert.rejects(workerProgram({ folder, entry: join(sources, 'main.ts') }), /gone\.ts/);
});
