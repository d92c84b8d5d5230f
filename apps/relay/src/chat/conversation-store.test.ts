import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Compilable, type Kysely, sql } from 'kysely';
import { openDatabase } from '../storage/database.ts';
import type { Tables } from '../storage/tables.ts';
import { temporaryFolder } from '../test-relay.ts';
import { conversationStore } from './conversation-store.ts';

/** What SQLite says that it does for these queries. */
async function plansOf(kysely: Kysely<Tables>, queries: readonly Compilable[]): Promise<string[]> {
  const plans: string[] = [];
  for (const query of queries) {
    const { sql: text, parameters } = query.compile();
    const [first = '', ...parts] = text.split('?');
    const explained = parts.reduce(
      (all, part, index) => sql`${all}${parameters[index]}${sql.raw(part)}`,
      sql.raw(first),
    );
    const { rows } = await sql<{ detail: string }>`explain query plan ${explained}`.execute(kysely);
    plans.push(...rows.map(({ detail }) => detail));
  }
  return plans;
}

test('a page of the list is read from an index: nothing is sorted, and no message is counted', async (t) => {
  const folder = await temporaryFolder(t);
  await using database = await openDatabase({ path: join(folder, 'relay.db') });
  const { kysely } = database;
  for (const sort of ['created_desc', 'updated_desc'] as const) {
    for (const pinned of [undefined, true]) {
      const asked: Compilable[] = [];
      const spied = kysely.withPlugin({
        transformQuery: ({ node }) => {
          asked.push({ compile: () => kysely.getExecutor().compileQuery(node, { queryId: 'test' }) });
          return node;
        },
        transformResult: async ({ result }) => result,
      });
      await conversationStore(spied).list('ada', { limit: 50, offset: 0, sort, archived: false, pinned });
      const plans = await plansOf(kysely, asked);
      assert.ok(plans.length >= 2);
      const index = `conversations_${sort === 'created_desc' ? 'created' : 'updated'}`;
      assert.ok(
        plans.some((plan) => plan.includes(`INDEX ${index} (user_id=? AND archived=? AND deleted=?)`)),
        plans.join('\n'),
      );
      assert.ok(!plans.some((plan) => plan.includes('TEMP B-TREE')), plans.join('\n'));
      assert.ok(
        !plans.some((plan) => plan.startsWith('SCAN conversations') || plan.startsWith('SCAN messages')),
        plans.join('\n'),
      );
      assert.ok(
        plans.some((plan) => plan.startsWith('SEARCH conversations USING COVERING INDEX')),
        plans.join('\n'),
      );
    }
  }
});
