import type { Kysely } from 'kysely';
import type { RelayDatabase } from '../../storage/database.ts';
import type { Tables } from '../../storage/tables.ts';
import { attachmentStore } from './attachment-store.ts';

/** How often unused attachments are looked for. */
export const ATTACHMENT_SWEEP_MS = 60 * 60 * 1000;

/** So long a file waits for its message. */
export const UNUSED_MS = 24 * 60 * 60 * 1000;

/** Looked at at once: so few that others get their turn in between. */
const AT_ONCE = 500;

/**
 * Removes the attachments that no message has used for a day, and the bytes that are of no other attachment. Returns how
 * many attachments they were.
 */
export async function sweepAttachments(
  database: RelayDatabase,
  now: () => number = Date.now,
  atOnce = AT_ONCE,
): Promise<number> {
  const { removed } = attachmentStore(database.kysely);
  const before = new Date(now() - UNUSED_MS).toISOString();
  let after = { created: '', id: '' };
  for (let count = 0; ;) {
    const page = await pageOf(database.kysely, { before, after, atOnce });
    const unused = page.filter(({ used }) => used === 0);
    await database.batch(unused.flatMap((attachment) => removed(attachment)));
    count += unused.length;
    const last = page.at(-1);
    if (last === undefined || page.length < atOnce) return count;
    after = last;
  }
}

/** Of all users, the oldest first. */
function pageOf(
  kysely: Kysely<Tables>,
  { before, after, atOnce }: { before: string; after: { created: string; id: string }; atOnce: number },
) {
  return kysely
    .selectFrom('attachments')
    .where('created', '<', before)
    .where('created', '>=', after.created)
    .where(({ eb, or }) => or([eb('created', '>', after.created), eb('id', '>', after.id)]))
    .orderBy('created')
    .orderBy('id')
    .limit(atOnce)
    .select(['id', 'user_id', 'hash', 'created'])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('message_attachments')
          .whereRef('message_attachments.attachment_id', '=', 'attachments.id')
          .select('message_attachments.message_id'),
      )
        .$castTo<0 | 1>()
        .as('used'),
    )
    .execute();
}
