import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openDatabase } from '../storage/database.ts';
import { temporaryFolder } from '../test-relay.ts';
import { idempotencyStore, KEPT_MS } from './idempotency-store.ts';
import { IdempotencySweep } from './idempotency-sweep.ts';

/** The keys of ada and bob, with a clock of its own; it keeps the newest two of each. */
async function fixture(t: TestContext) {
  const database = await openDatabase({ path: join(await temporaryFolder(t), 'relay.db') });
  t.after(() => database[Symbol.asyncDispose]());
  for (const id of ['ada', 'bob']) {
    await database.kysely.insertInto('users').values({ id, name: id, created: '2026-01-01T00:00:00.000Z' }).execute();
  }
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  const store = idempotencyStore(database.kysely, () => clock.now, 2);
  const claim = (user_id: string, hash: string, resource_id: string) =>
    store.claim({ user_id, hash, request: 'request', resource_id });
  const hashes = async (user: string): Promise<string[]> => {
    const rows = database.kysely.selectFrom('idempotency_keys').select('hash').where('user_id', '=', user);
    return (await rows.orderBy('created').execute()).map(({ hash }) => hash);
  };
  return { database, clock, store, claim, hashes };
}

test('gives a key to its first request alone, and tells the others what that one creates', async (t) => {
  const { claim, store } = await fixture(t);
  assert.equal(await claim('ada', 'key', 'conv-1'), undefined);
  assert.equal((await claim('ada', 'key', 'conv-2'))?.resource_id, 'conv-1');
  assert.equal(await claim('bob', 'key', 'conv-3'), undefined);
  await store.answered('ada', 'key', 200, 'sealed');
  const earlier = await claim('ada', 'key', 'conv-4');
  assert.deepEqual([earlier?.resource_id, earlier?.status, earlier?.body], ['conv-1', 200, 'sealed']);
});

test('gives a key to a new request after a day', async (t) => {
  const { claim, clock, store } = await fixture(t);
  await claim('ada', 'key', 'conv-1');
  await store.answered('ada', 'key', 200, 'sealed');
  clock.now += KEPT_MS + 1;
  assert.equal(await claim('ada', 'key', 'conv-2'), undefined);
  const earlier = await claim('ada', 'key', 'conv-3');
  assert.deepEqual([earlier?.resource_id, earlier?.status, earlier?.body], ['conv-2', null, null]);
});

test('removes what is older than a day, and of each person what is beyond the newest keys', async (t) => {
  const { claim, clock, store, hashes } = await fixture(t);
  await claim('bob', 'old', 'conv-1');
  clock.now += KEPT_MS;
  for (const hash of ['1', '2', '3']) {
    clock.now += 1;
    await claim('ada', hash, 'conv-2');
  }
  await claim('bob', 'new', 'conv-3');
  await store.sweep();
  assert.deepEqual(await hashes('ada'), ['2', '3']);
  assert.deepEqual(await hashes('bob'), ['new']);
});

test('sweeps when it is started, and a failure is only logged', async (t) => {
  const { claim, clock, database, store, hashes } = await fixture(t);
  await claim('ada', 'old', 'conv-1');
  clock.now += KEPT_MS + 1;
  const errors: unknown[] = [];
  const log = { error: (...args: unknown[]) => void errors.push(args) };
  await new IdempotencySweep(store, log)[Symbol.asyncDispose]();
  assert.deepEqual(await hashes('ada'), []);
  assert.deepEqual(errors, []);
  await database[Symbol.asyncDispose]();
  await new IdempotencySweep(store, log)[Symbol.asyncDispose]();
  assert.equal(errors.length, 1);
});
