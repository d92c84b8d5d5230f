import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { addFirstPassword } from '../accounts/embedded/first-password.ts';
import { type Inhabitant, moveIn } from '../fuzz/inhabitant.ts';
import { rowsOf } from '../fuzz/rows.ts';
import { limitsWith } from '../limits/test-limits.ts';
import { TestDriver } from '../proxies/test-driver.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';

/** What the embedded issuer keeps of its account. */
const OF_THE_ISSUER = new Set(['users', 'passwords']);

/** The relay's local user and another person, each with something in every table. */
export async function twoPeople(t: TestContext): Promise<{ relay: TestRelay; local: Inhabitant; other: Inhabitant }> {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({}) }, proxyDriver: new TestDriver() });
  const { issuer, database } = relay.context;
  assert.ok(issuer);
  await addFirstPassword(database.kysely, issuer.user.id);
  const local = await moveIn(t, relay, { userId: issuer.user.id, token: relay.token, mark: 'zebra' });
  const token = await relay.tokenFor('user-other');
  const other = await moveIn(t, relay, { userId: 'user-other', token, mark: 'heron' });
  for (const { userId } of [local, other]) {
    const rows = Object.entries(await rowsOf(relay, userId));
    for (const [table, { length }] of rows)
      assert.ok(length > 0 || OF_THE_ISSUER.has(table), `${userId} has no row in ${table}`);
  }
  return { relay, local, other };
}

/** The tables in which something of a person is, without what is nobody's. */
export async function tablesOf(relay: TestRelay, userId: string): Promise<string[]> {
  const rows = Object.entries(await rowsOf(relay, userId));
  return rows.flatMap(([table, { length }]) => (length > 0 && !NOBODYS.has(table) ? [table] : []));
}

const NOBODYS = new Set(['settings', 'oidc_payloads']);
