import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { RelayDatabase } from '../storage/database.ts';
import type { Tables } from '../storage/tables.ts';
import { conversationStore } from './conversation-store.ts';

/**
 * Removes a message and all that follows it; their files go with the sweep of unused ones. A branch that was shown and is
 * gone gives way to the nearest one. Returns what is gone: nothing when there is no such message.
 */
export async function removeMessages(
  database: RelayDatabase,
  userId: string,
  conversationId: string,
  messageId: string,
): Promise<string[]> {
  const { kysely } = database;
  const ids = await branchesBelow(kysely, userId, conversationId, messageId);
  if (ids.length === 0) return [];
  const isGone = sql<boolean>`id in (select value from json_each(${JSON.stringify(ids)}))`;
  const conversations = conversationStore(kysely);
  const current = (await conversations.get(userId, conversationId))?.current_message_id ?? null;
  const hasMoved = current !== null && ids.includes(current);
  const nearest = hasMoved ? await nearestTo(kysely, { userId, conversationId, messageId, isGone }) : current;
  const conversation = kysely
    .updateTable('conversations')
    .where('user_id', '=', userId)
    .where('id', '=', conversationId)
    .set({ current_message_id: nearest, updated: new Date().toISOString() });
  const messages = kysely
    .deleteFrom('messages')
    .where('user_id', '=', userId)
    .where('conversation_id', '=', conversationId)
    .where(isGone);
  await database.batch([messages, conversation]);
  if (hasMoved && nearest !== null) {
    const end = await conversations.newestEnd(userId, conversationId, nearest);
    await conversations.update(userId, conversationId, { current_message_id: end ?? nearest });
  }
  return ids;
}

/** The message, and what follows it on all branches. Messages that follow each other in a circle come once. */
async function branchesBelow(kysely: Kysely<Tables>, userId: string, conversationId: string, messageId: string) {
  const { rows } = await sql<{ id: string }>`
    with recursive below (id) as (
      select id from messages
      where user_id = ${userId} and conversation_id = ${conversationId} and id = ${messageId}
      union
      select messages.id from below
      join messages on messages.conversation_id = ${conversationId} and messages.parent_id = below.id
    )
    select id from below`.execute(kysely);
  return rows.map(({ id }) => id);
}

interface Removal {
  userId: string;
  conversationId: string;
  messageId: string;
  isGone: RawBuilder<boolean>;
}

/** What it followed, else what was said last. */
async function nearestTo(kysely: Kysely<Tables>, { userId, conversationId, messageId, isGone }: Removal) {
  const isParent = sql`id = (select parent_id from messages where id = ${messageId})`;
  const row = await kysely
    .selectFrom('messages')
    .where('user_id', '=', userId)
    .where('conversation_id', '=', conversationId)
    .where(sql<boolean>`not ${isGone}`)
    .orderBy(sql`coalesce(${isParent}, 0)`, 'desc')
    .orderBy('position', 'desc')
    .select('id')
    .executeTakeFirst();
  return row?.id ?? null;
}
