import type { EraseAnswer } from '@cloudtolocalllm/protocol';
import type { Kysely } from 'kysely';
import type { Tables } from '../storage/tables.ts';

export type Erased = EraseAnswer['deleted'];

/** Removed at once, with all their messages: so few that others get their turn in between. */
const CONVERSATIONS = 20;
/** The same of files' bytes, of which one may have ten megabytes. */
const BLOBS = 20;

/** Of each person so few rows that one query takes them all. */
const SMALL = [
  ['attachments', 'attachments'],
  ['bridge_messages', 'queuedMessages'],
  ['bridges', 'computers'],
  ['api_keys', 'keys'],
  ['proxies', 'proxies'],
  ['push_subscriptions', 'pushSubscriptions'],
  ['audit_events', 'auditEvents'],
  ['user_settings', undefined],
  ['idempotency_keys', undefined],
] as const;

/**
 * Removes every row of a person, some at a time, but for the account's own: the name that it has and its password. The
 * search index and what belongs to messages goes with these.
 */
export async function eraseRows(kysely: Kysely<Tables>, userId: string): Promise<Erased> {
  const { messages } = await kysely
    .selectFrom('messages')
    .select(({ fn }) => fn.countAll<number>().as('messages'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  const erased: Erased = {
    conversations: await eraseConversations(kysely, userId),
    messages,
    attachments: 0,
    computers: 0,
    queuedMessages: 0,
    keys: 0,
    proxies: 0,
    pushSubscriptions: 0,
    auditEvents: 0,
  };
  await eraseBlobs(kysely, userId);
  for (const [table, name] of SMALL) {
    const { numDeletedRows } = await kysely.deleteFrom(table).where('user_id', '=', userId).executeTakeFirstOrThrow();
    if (name !== undefined) erased[name] = Number(numDeletedRows);
  }
  return erased;
}

async function eraseConversations(kysely: Kysely<Tables>, userId: string): Promise<number> {
  for (let erased = 0; ;) {
    const some = kysely.selectFrom('conversations').select('id').where('user_id', '=', userId).limit(CONVERSATIONS);
    const query = kysely.deleteFrom('conversations').where('id', 'in', some);
    const { numDeletedRows } = await query.executeTakeFirstOrThrow();
    erased += Number(numDeletedRows);
    if (numDeletedRows < CONVERSATIONS) return erased;
  }
}

async function eraseBlobs(kysely: Kysely<Tables>, userId: string): Promise<void> {
  for (;;) {
    const some = kysely.selectFrom('blobs').select('hash').where('user_id', '=', userId).limit(BLOBS);
    const query = kysely.deleteFrom('blobs').where('user_id', '=', userId).where('hash', 'in', some);
    const { numDeletedRows } = await query.executeTakeFirstOrThrow();
    if (numDeletedRows < BLOBS) return;
  }
}
