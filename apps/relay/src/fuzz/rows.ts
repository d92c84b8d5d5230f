import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { TestRelay } from '../test-relay.ts';

type Row = Record<string, unknown>;

/** What is nobody's: the relay's own keys, and what the embedded issuer keeps for browsers and tokens. */
const OF_NOBODY = new Set(['settings', 'oidc_payloads']);
/** The full-text indexes, which hold no rows of their own: `search_entries` says whose each of theirs is. */
const INDEX = /^search_(titles|messages)(_|$)/;

/** Every row of a person, table by table, as it is stored; what is nobody's is under `nobody`. */
export async function rowsOf({ context }: TestRelay, userId: string): Promise<Record<string, string[]>> {
  const { kysely } = context.database;
  const { rows: tables } = await sql<{ name: string }>`
    select name from sqlite_master
    where type = 'table' and name not like 'sqlite%' and name not like 'kysely%' order by name`.execute(kysely);
  const found: Record<string, string[]> = {};
  for (const { name } of tables.filter((table) => !INDEX.test(table.name))) {
    const { rows } = await sql<Row>`select * from ${sql.table(name)}`.execute(kysely);
    const owner = name === 'users' ? 'id' : 'user_id';
    const isOwned = !OF_NOBODY.has(name);
    for (const row of rows)
      if (isOwned) assert.ok(owner in row, `Table "${name}" has no owner: tell rows.ts whose it is`);
    found[name] = rows
      .filter((row) => !isOwned || row[owner] === userId)
      .map((row) => JSON.stringify(row))
      .toSorted();
  }
  return found;
}

/** Waits until what the relay writes behind its answers' back has been written. */
export async function settledRowsOf(
  relay: TestRelay,
  userId: string,
  written: string,
): Promise<Record<string, string[]>> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const rows = await rowsOf(relay, userId);
    if (
      Object.values(rows)
        .flat()
        .some((row) => row.includes(written))
    )
      return rows;
    assert.ok(performance.now() < deadline, `"${written}" was never written`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
