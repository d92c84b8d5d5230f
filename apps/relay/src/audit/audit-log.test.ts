import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { apiError, auditList } from '@cloudtolocalllm/protocol';
import { openDatabase } from '../storage/database.ts';
import { startTestRelay, temporaryFolder } from '../test-relay.ts';
import { auditLog } from './audit-log.ts';
import { AuditSweep } from './audit-sweep.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The audit log of ada and bob, with a clock of its own; it keeps the newest three entries of each. */
async function fixture(t: TestContext) {
  const database = await openDatabase({ path: join(await temporaryFolder(t), 'relay.db') });
  t.after(() => database[Symbol.asyncDispose]());
  for (const id of ['ada', 'bob']) {
    await database.kysely.insertInto('users').values({ id, name: id, created: '2026-01-01T00:00:00.000Z' }).execute();
  }
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  const audit = auditLog(database.kysely, () => clock.now, 3);
  const record = (user: string, note: string) => audit.record(user, { action: 'signed_in', note });
  const notes = async (user: string) =>
    (await audit.list(user, { limit: 50, offset: 0 })).events.map(({ note }) => note);
  return { database, clock, audit, record, notes };
}

test('forgets what is older than a year', async (t) => {
  const { audit, clock, record, notes } = await fixture(t);
  await record('ada', 'old');
  clock.now += 1;
  await record('ada', 'a year old');
  clock.now += 365 * DAY_MS;
  await audit.sweep();
  assert.deepEqual(await notes('ada'), ['a year old']);
});

test('keeps the newest entries of each person, so that nobody crowds out another', async (t) => {
  const { audit, clock, record, notes } = await fixture(t);
  await record('bob', 'first');
  for (const note of ['1', '2', '3', '4', '5']) {
    clock.now += 1000;
    await record('ada', note);
  }
  await audit.sweep();
  assert.deepEqual(await notes('ada'), ['5', '4', '3']);
  assert.deepEqual(await notes('bob'), ['first']);
});

test('sweeps when it is started, and a failure is only logged', async (t) => {
  const { audit, clock, database, record, notes } = await fixture(t);
  await record('ada', 'old');
  clock.now += 400 * DAY_MS;
  const errors: unknown[] = [];
  const log = { error: (...args: unknown[]) => void errors.push(args) };
  await new AuditSweep(audit, log)[Symbol.asyncDispose]();
  assert.deepEqual(await notes('ada'), []);
  assert.deepEqual(errors, []);
  await database[Symbol.asyncDispose]();
  await new AuditSweep(audit, log)[Symbol.asyncDispose]();
  assert.equal(errors.length, 1);
});

test('shows a person their own entries, the newest first and page by page', async (t) => {
  const relay = await startTestRelay(t);
  const { database, users } = relay.context;
  let now = Date.now();
  const audit = auditLog(database.kysely, () => ++now); // their times tell them apart
  await users.ensure({ id: 'user-other', name: 'Other' });
  await audit.record('user-other', { action: 'signed_in', note: 'not yours' });
  const user = relay.context.issuer!.user.id; // embedded in tests
  const before = auditList.parse(await (await relay.call('/api/audit')).json()).total;
  for (const note of ['one', 'two', 'three']) {
    await audit.record(user, { action: 'signed_in', address: '203.0.113.7', note });
  }
  const page = async (query: string) => auditList.parse(await (await relay.call(`/api/audit?${query}`)).json());
  const first = await page('limit=2');
  assert.deepEqual(
    first.events.map(({ note }) => note),
    ['three', 'two'],
  );
  assert.deepEqual([first.total, first.hasMore], [before + 3, true]);
  const { events: rest, hasMore } = await page('limit=200&offset=2');
  assert.deepEqual([rest.length, rest[0]?.note, hasMore], [before + 1, 'one', false]);
  for (const query of ['limit=0', 'limit=201', 'offset=-1', 'limit=x']) {
    const response = await relay.call(`/api/audit?${query}`);
    assert.equal(response.status, 400);
    assert.equal(apiError.parse(await response.json()).error, 'validation_failed');
  }
});
