import type { Conversation, GenerationOptions } from '@cloudtolocalllm/protocol';
import { type ExpressionBuilder, type Insertable, type Kysely, sql, type Updateable, type UpdateResult } from 'kysely';
import type { ConversationRow, ConversationsTable, Tables } from '../storage/tables.ts';

/** No conversation that people hold is as long; messages that follow each other in a circle end here. */
const MAX_BRANCH_MESSAGES = 10_000;

export type ConversationStore = ReturnType<typeof conversationStore>;
export type StoredConversation = ConversationRow & { messages: number };

export interface ConversationPage {
  limit: number;
  offset: number;
  sort: 'created_desc' | 'updated_desc';
  archived: boolean;
  /** Undefined: both. */
  pinned?: boolean | undefined;
}

/**
 * Conversations in the database, always by owner. Absent, deleted and another user's are the same: undefined, or false.
 */
export function conversationStore(kysely: Kysely<Tables>) {
  const visible = (userId: string) =>
    kysely
      .selectFrom('conversations')
      .where('conversations.user_id', '=', userId)
      .where('conversations.deleted', 'is', null);

  const changed = (userId: string, id: string) =>
    kysely.updateTable('conversations').where('user_id', '=', userId).where('id', '=', id);

  return {
    async list(
      userId: string,
      { limit, offset, sort, archived, pinned }: ConversationPage,
    ): Promise<{ conversations: StoredConversation[]; total: number }> {
      const column = sort === 'created_desc' ? 'created' : 'updated';
      const all = visible(userId).where('archived', '=', toFlag(archived));
      const listed = pinned === undefined ? all : all.where('pinned', '=', toFlag(pinned));
      const [conversations, { total }] = await Promise.all([
        listed
          .selectAll('conversations')
          .select(messageCount)
          .orderBy(column, 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .offset(offset)
          .execute(),
        listed.select((query) => query.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
      ]);
      return { conversations, total };
    },

    get(userId: string, id: string): Promise<StoredConversation | undefined> {
      return visible(userId).where('id', '=', id).selectAll('conversations').select(messageCount).executeTakeFirst();
    },

    /** Follows the newest message that follows this one, and so on; undefined when it is not of this conversation. */
    async newestEnd(userId: string, conversationId: string, messageId: string): Promise<string | undefined> {
      const { rows } = await sql<{ id: string }>`
        with recursive branch (id, depth) as (
          select id, 0 from messages
          where user_id = ${userId} and conversation_id = ${conversationId} and id = ${messageId}
          union all
          select (
            select id from messages
            where conversation_id = ${conversationId} and parent_id = branch.id
            order by position desc limit 1
          ), depth + 1
          from branch where branch.id is not null and depth < ${MAX_BRANCH_MESSAGES}
        )
        select id from branch where id is not null order by depth desc limit 1`.execute(kysely);
      return rows[0]?.id;
    },

    /** One whose id is there already stays as it is. */
    async insert(row: Insertable<ConversationsTable>): Promise<void> {
      await kysely
        .insertInto('conversations')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },

    async update(userId: string, id: string, values: Updateable<ConversationsTable>): Promise<boolean> {
      if (Object.keys(values).length === 0)
        return (await visible(userId).where('id', '=', id).select('id').executeTakeFirst()) !== undefined;
      return hasChanged(await changed(userId, id).where('deleted', 'is', null).set(values).executeTakeFirstOrThrow());
    },

    /** Hides it everywhere. */
    async remove(userId: string, id: string, deleted: string): Promise<boolean> {
      return hasChanged(
        await changed(userId, id).where('deleted', 'is', null).set({ deleted }).executeTakeFirstOrThrow(),
      );
    },

    /** Brings one back that was deleted then or later. */
    async restore(userId: string, id: string, since: string): Promise<boolean> {
      return hasChanged(
        await changed(userId, id).where('deleted', '>=', since).set({ deleted: null }).executeTakeFirstOrThrow(),
      );
    },

    /** The model has found a title: true when it may have one, and has no better one. */
    async titledByModel(userId: string, id: string, title: string): Promise<boolean> {
      return hasChanged(
        await changed(userId, id)
          .where('deleted', 'is', null)
          .where('auto_title', '=', 1)
          .where('title_source', 'in', ['default', 'question'])
          .set({ title, title_source: 'model' })
          .executeTakeFirstOrThrow(),
      );
    },

    /** For a batch: something was said in it. */
    touched(userId: string, id: string, updated: string) {
      return kysely.updateTable('conversations').set({ updated }).where('user_id', '=', userId).where('id', '=', id);
    },

    /** For a batch: the branch that ends in this message is shown. */
    shown(userId: string, id: string, messageId: string) {
      return kysely
        .updateTable('conversations')
        .set({ current_message_id: messageId })
        .where('user_id', '=', userId)
        .where('id', '=', id);
    },

    /** For a batch: its first question has been asked. */
    titled(userId: string, id: string, title: string) {
      return changed(userId, id).where('title_source', '=', 'default').set({ title, title_source: 'question' });
    },

    /** For a batch: this bridge answered last; null when it was deleted meanwhile. */
    answeredBy(userId: string, id: string, bridgeId: string) {
      return kysely
        .updateTable('conversations')
        .set((query) => ({
          bridge_id: query
            .selectFrom('bridges')
            .select('bridges.id')
            .where('bridges.id', '=', bridgeId)
            .where('bridges.user_id', '=', userId),
        }))
        .where('user_id', '=', userId)
        .where('id', '=', id);
    },
  };
}

function messageCount(query: ExpressionBuilder<Tables, 'conversations'>) {
  return query
    .selectFrom('messages')
    .whereRef('messages.conversation_id', '=', 'conversations.id')
    .select((count) => count.fn.countAll<number>().as('messages'))
    .$asScalar()
    .$notNull()
    .as('messages');
}

function hasChanged({ numUpdatedRows }: UpdateResult): boolean {
  return numUpdatedRows > 0n;
}

/** As it is stored. */
export function toFlag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** A stored conversation as clients see it. */
export function toConversation(row: StoredConversation): Conversation {
  return {
    id: row.id,
    title: row.title,
    created: row.created,
    updated: row.updated,
    messageCount: row.messages,
    model: row.model,
    pinned: row.pinned === 1,
    archived: row.archived === 1,
    autoTitle: row.auto_title === 1,
    ...(row.system_prompt !== null && { systemPrompt: row.system_prompt }),
    // as: only validated options are stored
    ...(row.options !== null && { options: JSON.parse(row.options) as GenerationOptions }),
    ...(row.current_message_id !== null && { currentMessageId: row.current_message_id }),
    ...(row.bridge_id !== null && { bridgeId: row.bridge_id }),
  };
}
