import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ImportStatus } from '@cloudtolocalllm/protocol';
import { openDatabase } from '../../storage/database.ts';
import { temporaryFolder } from '../../test-relay.ts';
import { openWebUiChat } from './import-fixtures.ts';
import { importSteps, type ImportStep, STEP_LIMITS } from './import-steps.ts';
import { removeUnfinished } from './import-writer.ts';
import { Imports } from './imports.ts';
import { runImport } from './run-import.ts';

const NOW = '2026-01-01T00:00:00.000Z';

function chat(messages: number, characters: number) {
  const list = Array.from({ length: messages }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: 'x'.repeat(characters),
  }));
  return openWebUiChat({ chat: { messages: list } });
}

async function fixture(t: TestContext, file: unknown) {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'file.json');
  await writeFile(path, JSON.stringify(file));
  const database = await openDatabase({ path: join(folder, 'relay.db') });
  t.after(() => database[Symbol.asyncDispose]());
  await database.kysely.insertInto('users').values({ id: 'ada', name: 'ada', created: NOW }).execute();
  const counts = async () => {
    const read = async (table: 'conversations' | 'messages') =>
      (await database.kysely.selectFrom(table).select('id').execute()).length;
    return [await read('conversations'), await read('messages')];
  };
  return { path, database, counts };
}

function newStatus(): ImportStatus {
  const importId = 'import-00000000-0000-4000-8000-000000000000';
  return { importId, status: 'running', total: 0, imported: 0, skipped: 0, failed: 0, problems: [] };
}

test('what is stored at once is small however long the conversation is', async (t) => {
  const { path } = await fixture(t, [chat(1000, 10), chat(30, 50_000)]);
  const steps = importSteps(path, NOW);
  const sizes: number[] = [];
  for (let next = steps.next(); next.done !== true; next = steps.next(true)) {
    const step = next.value;
    if (step.kind !== 'messages') continue;
    sizes.push(step.messages.length);
    const characters = step.messages.reduce((sum, { content }) => sum + content.length, 0);
    assert(step.messages.length <= STEP_LIMITS.messages && characters <= STEP_LIMITS.characters);
  }
  assert.deepEqual(sizes, [...Array.from({ length: 20 }, () => 50), ...Array.from({ length: 30 }, () => 1)]);
});

test('between two steps others get their turn', async (t) => {
  const { path, database } = await fixture(t, [chat(500, 10)]);
  const steps = importSteps(path, NOW);
  let turns = 0;
  let asked = 0;
  let isRunning = true;
  const count = (): void => {
    turns++;
    if (isRunning) setImmediate(count);
  };
  setImmediate(count);
  const next = async (wanted?: boolean): Promise<ImportStep | undefined> => {
    asked++;
    return steps.next(wanted).value ?? undefined;
  };
  await runImport({ database, userId: 'ada', status: newStatus(), next, signal: new AbortController().signal });
  isRunning = false;
  assert(asked > 8);
  assert(turns >= asked - 1);
});

test('a conversation that was cut off leaves nothing, and can be imported again', async (t) => {
  const { path, database, counts } = await fixture(t, [chat(300, 10)]);
  const controller = new AbortController();
  const run = (breaksOff: boolean) => {
    const steps = importSteps(path, NOW);
    let asked = 0;
    const next = async (wanted?: boolean): Promise<ImportStep | undefined> => {
      if (++asked === 6 && breaksOff) controller.abort();
      return steps.next(wanted).value ?? undefined;
    };
    const { signal } = breaksOff ? controller : new AbortController();
    return runImport({ database, userId: 'ada', status: newStatus(), next, signal });
  };
  await assert.rejects(run(true), { name: 'AbortError' });
  assert.deepEqual(await counts(), [0, 0]);
  await run(false);
  assert.deepEqual(await counts(), [1, 300]);
});

test('what a killed relay had not imported wholly is removed before the next import', async (t) => {
  const { path, database, counts } = await fixture(t, [chat(300, 10)]);
  const steps = importSteps(path, NOW);
  const stuck = Promise.withResolvers<undefined>();
  const isStuck = Promise.withResolvers<undefined>();
  let asked = 0;
  const next = async (wanted?: boolean): Promise<ImportStep | undefined> => {
    if (++asked < 6) return steps.next(wanted).value ?? undefined;
    isStuck.resolve(undefined);
    return stuck.promise;
  };
  void runImport({ database, userId: 'ada', status: newStatus(), next, signal: new AbortController().signal });
  await isStuck.promise;
  assert.deepEqual(await counts(), [1, 50]);
  const visible = database.kysely.selectFrom('conversations').where('deleted', 'is', null).select('id');
  assert.deepEqual(await visible.execute(), []);
  await removeUnfinished(database);
  assert.deepEqual(await counts(), [0, 0]);
});

test('a relay that closes ends its imports, and no more than four run', async (t) => {
  const { path, database } = await fixture(t, [chat(300, 10)]);
  const imports = new Imports({ database, log: { error: () => assert.fail('nothing is wrong') } });
  const claim = imports.claim('ada');
  assert.throws(() => imports.claim('ada'), { code: 'conflict' });
  const others = ['b', 'c', 'd'].map((user) => imports.claim(user));
  assert.throws(() => imports.claim('e'), { code: 'rate_limited' });
  others[0]?.[Symbol.dispose]();
  imports.claim('e');
  const { importId } = newStatus();
  assert.equal(imports.begin(claim, { userId: 'ada', importId, path }).status, 'running');
  await imports[Symbol.asyncDispose]();
  const status = imports.status('ada', importId);
  assert.equal(status?.status, 'failed');
  assert.match(status.error ?? '', /relay was stopped/);
  assert.equal(imports.status('bob', importId), undefined);
});
