import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { openDatabase, type RelayDatabase } from '../storage/database.ts';
import { temporaryFolder } from '../test-relay.ts';
import { userStore } from '../accounts/user-store.ts';
import { BridgeConnection, type ConnectionOwner } from './bridge-connection.ts';
import { bridgeStore } from './bridge-store.ts';
import { ReportKeeper } from './report-keeper.ts';

const OWNER: ConnectionOwner = {
  draining: false,
  reported() {},
  renewed: async () => {},
  lost() {},
  unclaimed() {},
  broken() {},
  fault() {},
};

/** The keeper with its clock in the test's hands, one bridge, and the batches that it stored. */
async function start(t: TestContext) {
  const database = await openDatabase({ path: join(await temporaryFolder(t), 'test.db') });
  t.after(() => database[Symbol.asyncDispose]());
  await userStore(database.kysely).ensure({ id: 'user-1', name: 'One' });
  const bridges = bridgeStore(database.kysely);
  const { id } = await bridges.register('user-1', { clientId: 'c', platform: 'linux', version: '1', capabilities: [] });
  const connection = new BridgeConnection(
    { bridgeId: id, userId: 'user-1', name: 'x', streaming: true, priority: 0 },
    0,
    OWNER,
  );
  const stored: { size: number; done: Promise<void> }[] = [];
  const counting: RelayDatabase = {
    kysely: database.kysely,
    batch: (queries) => {
      const done = database.batch(queries);
      stored.push({ size: queries.length, done });
      return done;
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return {
    keeper: new ReportKeeper({ database: counting, bridges, log }),
    connection,
    bridges,
    stored,
    warnings,
    database,
    id,
  };
}

test('stores many changes together, and what was said last', async (t) => {
  const { keeper, connection, bridges, stored, id } = await start(t);
  connection.lastSeen = Date.parse('2026-01-02T03:04:05.678Z');
  keeper.changed(connection);
  connection.report = { ollamaStatus: 'connected', models: ['a', 'b'] };
  keeper.changed(connection);
  assert.equal(stored.length, 0);
  t.mock.timers.tick(500);
  assert.deepEqual(
    stored.map(({ size }) => size),
    [1],
  );
  await stored[0]?.done;
  const row = await bridges.find('user-1', id);
  assert.deepEqual(
    [row?.last_seen, row?.models, row?.ollama_status],
    ['2026-01-02T03:04:05.678Z', '["a","b"]', 'connected'],
  );
  connection.report = { ollamaStatus: 'disconnected', models: [] };
  keeper.changed(connection);
  await keeper[Symbol.asyncDispose]();
  assert.equal((await bridges.find('user-1', id))?.ollama_status, 'disconnected', 'disposing stores what is left');
  t.mock.timers.tick(500);
  assert.equal(stored.length, 2);
});

test('only warns when the database is lost', async (t) => {
  const { keeper, connection, stored, warnings, database } = await start(t);
  await database[Symbol.asyncDispose]();
  keeper.changed(connection);
  t.mock.timers.tick(500);
  await assert.rejects(stored[0]!.done);
  assert.match(warnings.join(), /Cannot keep what bridges reported/);
});
