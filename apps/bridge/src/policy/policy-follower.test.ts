import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LivePolicy } from './live-policy.ts';
import { policyPath } from './policy-file.ts';
import { PolicyFollower, type FollowerTimings } from './policy-follower.ts';

const QUICK: FollowerTimings = { settleMs: 20, goneMs: 60, pollMs: 3_600_000 };
const SATURDAYS = 'models: {allow: [llama3.2]}\n';
const SUNDAYS = 'models: {allow: [qwen3]}\n';

interface Followed {
  path: string;
  policy: LivePolicy;
  /** Resolves with the next change that makes this true. */
  until(look: (policy: LivePolicy) => boolean | undefined): Promise<void>;
}

async function follow(
  t: TestContext,
  text: string | undefined,
  timings: Partial<FollowerTimings> = {},
): Promise<Followed> {
  const directory = mkdtempSync(join(tmpdir(), 'bridge-policy-'));
  const path = policyPath(directory);
  if (text !== undefined) await writeFile(path, text);
  const policy = new LivePolicy();
  const follower = await PolicyFollower.start(path, policy, { ...QUICK, ...timings });
  const changes = new EventEmitter();
  policy.onChange(() => changes.emit('change'));
  // Watching holds no process open.
  const alive = setInterval(() => {}, 1000);
  t.after(() => {
    clearInterval(alive);
    follower[Symbol.dispose]();
    policy[Symbol.dispose]();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    path,
    policy,
    async until(look) {
      while (!look(policy)) await once(changes, 'change');
    },
  };
}

const lets = (model: string) => (policy: LivePolicy) => policy.checkModel(model).allowed;

test('what is saved in place applies at once', async (t) => {
  const { path, policy, until } = await follow(t, SATURDAYS);
  assert.ok(lets('llama3.2')(policy) && !lets('qwen3')(policy));
  await writeFile(path, SUNDAYS);
  await until(lets('qwen3'));
  assert.ok(!lets('llama3.2')(policy) && policy.narrowsModels);
});

test('what an editor saves by renaming applies, and nothing opens while the file is gone', async (t) => {
  const { path, policy, until } = await follow(t, SATURDAYS, { goneMs: 3_600_000 });
  const seen: string[] = [];
  policy.onChange(() => seen.push(policy.report.from));
  // As vim does: the old one is put aside, the new one written, the old one removed.
  await rename(path, `${path}~`);
  await writeFile(path, SUNDAYS);
  await rm(`${path}~`);
  await until(lets('qwen3'));
  // As others do: a new file takes its place.
  await writeFile(`${path}.new`, SATURDAYS);
  await rename(`${path}.new`, path);
  await until(lets('llama3.2'));
  assert.deepEqual(new Set(seen), new Set(['file']));
});

test('a wrong file is refused with its line, and what held before stays until it is mended', async (t) => {
  const { path, policy, until } = await follow(t, SATURDAYS);
  await writeFile(path, 'models:\n  allow: [llama3.2]\nhours: never\n');
  await until(({ report }) => report.fault !== undefined);
  assert.match(policy.report.fault ?? '', /policy\.yaml:3:8: "hours" cannot be "never": write always/);
  assert.equal(policy.report.from, 'file');
  assert.ok(lets('llama3.2')(policy) && !lets('qwen3')(policy) && policy.check('POST', '/api/chat').allowed);
  await writeFile(path, '');
  await until(({ report }) => report.fault?.includes('empty'));
  assert.ok(!lets('qwen3')(policy));
  await writeFile(path, SUNDAYS);
  await until(lets('qwen3'));
  assert.equal(policy.report.fault, undefined);
});

test('a file that is wrong at the start lets nothing through until it is mended', async (t) => {
  const { path, policy, until } = await follow(t, 'models: {allow: }\n');
  assert.equal(policy.report.from, 'closed');
  assert.match(policy.report.closed ?? '', /^the policy file is wrong: line 1, column 10: "models.allow" has no value/);
  const verdict = policy.check('GET', '/api/tags');
  assert.ok(!verdict.allowed && /cannot be read/.test(verdict.reason) && !verdict.reason.includes('models'));
  assert.ok(!lets('llama3.2')(policy) && policy.narrowsModels && !policy.mayManageModels);
  await writeFile(path, SATURDAYS);
  await until(lets('llama3.2'));
  assert.deepEqual([policy.report.from, policy.report.closed], ['file', undefined]);
});

test('without a file the defaults hold; one that is deleted for good leaves them behind', async (t) => {
  const { path, policy, until } = await follow(t, undefined);
  assert.equal(policy.report.from, 'defaults');
  assert.ok(lets('qwen3')(policy));
  await writeFile(path, SATURDAYS);
  await until(({ report }) => report.from === 'file');
  assert.ok(!lets('qwen3')(policy));
  await rm(path);
  await until(({ report }) => report.from === 'defaults');
  assert.ok(lets('qwen3')(policy));
});

test('what watching does not see is found by looking: the target of a link, a folder that is made anew', async (t) => {
  const { path, policy, until } = await follow(t, SATURDAYS, { pollMs: 30 });
  const elsewhere = mkdtempSync(join(tmpdir(), 'bridge-dotfiles-'));
  t.after(() => rmSync(elsewhere, { recursive: true }));
  await writeFile(join(elsewhere, 'mine.yaml'), SUNDAYS);
  await rm(path);
  await symlink(join(elsewhere, 'mine.yaml'), path);
  await until(lets('qwen3'));
  await writeFile(join(elsewhere, 'mine.yaml'), SATURDAYS);
  await until(lets('llama3.2'));

  const folder = join(path, '..');
  await rm(folder, { recursive: true });
  await until(({ report }) => report.from === 'defaults');
  await mkdir(folder);
  await copyFile(join(elsewhere, 'mine.yaml'), path);
  await until(({ report }) => report.from === 'file');
  assert.ok(!lets('qwen3')(policy));
});
