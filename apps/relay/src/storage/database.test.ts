import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { DatabaseError } from './database-error.ts';
import { openDatabase } from './database.ts';

async function temporaryPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-database-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'data', 'relay.db');
}

const setting = (key: string, value = 'x') => ({ key, value });

test('runs with write-ahead log, full synchronisation and foreign keys', async (t) => {
  const path = await temporaryPath(t);
  await using database = await openDatabase({ path });
  const pragma = async (name: string) =>
    Object.values((await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(database.kysely)).rows[0]!)[0];
  assert.equal(await pragma('journal_mode'), 'wal');
  assert.equal(await pragma('synchronous'), 2);
  assert.equal(await pragma('foreign_keys'), 1);
  assert.equal(await pragma('busy_timeout'), 5000);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('can search full text', async (t) => {
  await using database = await openDatabase({ path: await temporaryPath(t) });
  await sql`create virtual table notes using fts5(body)`.execute(database.kysely);
  await sql`insert into notes values ('the quick brown fox')`.execute(database.kysely);
  const found = await sql`select body from notes where notes match 'brown'`.execute(database.kysely);
  assert.equal(found.rows.length, 1);
});

test('a batch happens wholly or not at all', async (t) => {
  await using database = await openDatabase({ path: await temporaryPath(t) });
  const insert = (key: string) => database.kysely.insertInto('settings').values(setting(key));
  await database.batch([insert('one'), insert('two')]);
  await assert.rejects(database.batch([insert('three'), insert('one')]), (error) => {
    assert(error instanceof DatabaseError);
    assert.equal(error.code, 'constraint');
    assert(error.cause instanceof Error);
    return true;
  });
  const rows = await database.kysely.selectFrom('settings').select('key').orderBy('key').execute();
  assert.deepEqual(
    rows.map(({ key }) => key),
    ['one', 'two'],
  );
});

test('concurrent transactions, batches and queries do not mix', async (t) => {
  await using database = await openDatabase({ path: await temporaryPath(t) });
  const { kysely } = database;
  await kysely.insertInto('settings').values(setting('count', '0')).execute();
  const increment = (fail: boolean) =>
    kysely.transaction().execute(async (transaction) => {
      const row = await transaction
        .selectFrom('settings')
        .selectAll()
        .where('key', '=', 'count')
        .executeTakeFirstOrThrow();
      await new Promise(setImmediate);
      const value = String(Number(row.value) + 1);
      await transaction.updateTable('settings').set({ value }).where('key', '=', 'count').execute();
      if (fail) throw new Error('rolled back on purpose');
    });
  const work: Promise<unknown>[] = [];
  for (let index = 0; index < 30; index++) {
    work.push(increment(index % 3 === 0).catch((error: Error) => assert.match(error.message, /on purpose/)));
    // Outside of any transaction: a rollback of the others must not take these with it.
    work.push(
      kysely
        .insertInto('settings')
        .values(setting(`plain-${index}`))
        .execute(),
    );
    work.push(database.batch([kysely.insertInto('settings').values(setting(`batch-${index}`))]));
  }
  await Promise.all(work);
  const rows = await kysely.selectFrom('settings').selectAll().execute();
  assert.equal(rows.find(({ key }) => key === 'count')?.value, '20');
  assert.equal(rows.length, 61);
});

test('tells how many rows a query changed', async (t) => {
  await using database = await openDatabase({ path: await temporaryPath(t) });
  await database.kysely
    .insertInto('settings')
    .values([setting('a'), setting('b')])
    .execute();
  const result = await database.kysely.deleteFrom('settings').executeTakeFirst();
  assert.equal(result.numDeletedRows, 2n);
});

test('reopening keeps the data, also while another has it open', async (t) => {
  const path = await temporaryPath(t);
  await using first = await openDatabase({ path });
  await first.kysely.insertInto('settings').values(setting('kept')).execute();
  await using second = await openDatabase({ path });
  assert.equal((await second.kysely.selectFrom('settings').selectAll().execute()).length, 1);
  await first[Symbol.asyncDispose]();
  await second.kysely.insertInto('settings').values(setting('later')).execute();
  await second[Symbol.asyncDispose]();
  await using third = await openDatabase({ path });
  assert.equal((await third.kysely.selectFrom('settings').selectAll().execute()).length, 2);
});

test('closing answers what was posted and rejects the rest', async (t) => {
  const database = await openDatabase({ path: await temporaryPath(t) });
  const { kysely } = database;
  const posted = kysely.insertInto('settings').values(setting('posted')).execute();
  const entered = Promise.withResolvers<void>();
  const stuck = kysely.transaction().execute(async () => {
    entered.resolve();
    await new Promise(() => {});
  });
  stuck.catch(() => {});
  await posted;
  await entered.promise;
  const waiting = kysely.selectFrom('settings').selectAll().execute();
  const rejected = assert.rejects(waiting, { name: 'DatabaseError', code: 'closed' });
  await database[Symbol.asyncDispose]();
  await rejected;
  await assert.rejects(kysely.selectFrom('settings').selectAll().execute(), { code: 'closed' });
});

test('says which path cannot be opened', async (t) => {
  const path = await temporaryPath(t);
  const crashes: unknown[] = [];
  const opening = openDatabase({ path: dirname(dirname(path)), onCrash: (error) => crashes.push(error) });
  await assert.rejects(opening, (error: Error) => error.message.includes(dirname(dirname(path))));
  assert.deepEqual(crashes, []);
});
