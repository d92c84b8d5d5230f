import { UNDO_DELETE_MS } from '@cloudtolocalllm/protocol';
import type { Kysely } from 'kysely';
import type { Tables } from '../storage/tables.ts';

/** How often deleted conversations are looked for. */
export const CONVERSATION_SWEEP_MS = 60_000;

/** Removed at once, with all their messages: so few that others get their turn in between. */
const AT_ONCE = 20;

/** Removes the conversations that can't be had back any more. Returns how many they were. */
export async function sweepConversations(
  kysely: Kysely<Tables>,
  now: () => number = Date.now,
  atOnce = AT_ONCE,
): Promise<number> {
  const before = new Date(now() - UNDO_DELETE_MS).toISOString();
  for (let removed = 0; ;) {
    const lost = kysely.selectFrom('conversations').select('id').where('deleted', '<', before).limit(atOnce);
    const { numDeletedRows } = await kysely
      .deleteFrom('conversations')
      .where('id', 'in', lost)
      .executeTakeFirstOrThrow();
    removed += Number(numDeletedRows);
    if (numDeletedRows < atOnce) return removed;
  }
}
