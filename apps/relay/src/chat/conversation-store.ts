import type { Conversation, GenerationOptions } from '@cloudtolocalllm/protocol';
import type { Insertable, Kysely, Updateable } from 'kysely';
import type { ConversationRow, ConversationsTable, Tables } from '../storage/tables.ts';

export type ConversationStore = ReturnType<typeof conversationStore>;
export type StoredConversation = ConversationRow & { messages: number };

/** Conversations in the database, always by owner. Absent and another user's are the same: undefined, or false. */
export function conversationStore(kysely: Kysely<Tables>) {
  const counted = () =>
    kysely
      .selectFrom('conversations')
      .selectAll('conversations')
      .select((query) =>
        query
          .selectFrom('messages')
          .whereRef('messages.conversation_id', '=', 'conversations.id')
          .select((message) => message.fn.countAll<number>().as('messages'))
          .$asScalar()
          .as('messages'),
      )
      .$narrowType<{ messages: number }>();

  return {
    async list(
      userId: string,
      { limit, offset, sort }: { limit: number; offset: number; sort: 'created_desc' | 'updated_desc' },
    ): Promise<{ conversations: StoredConversation[]; total: number }> {
      const column = sort === 'created_desc' ? 'created' : 'updated';
      const [conversations, { total }] = await Promise.all([
        counted()
          .where('user_id', '=', userId)
          .orderBy(column, 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .offset(offset)
          .execute(),
        kysely
          .selectFrom('conversations')
          .where('user_id', '=', userId)
          .select((query) => query.fn.countAll<number>().as('total'))
          .executeTakeFirstOrThrow(),
      ]);
      return { conversations, total };
    },

    get(userId: string, id: string): Promise<StoredConversation | undefined> {
      return counted().where('user_id', '=', userId).where('id', '=', id).executeTakeFirst();
    },

    async insert(row: Insertable<ConversationsTable>): Promise<void> {
      await kysely.insertInto('conversations').values(row).execute();
    },

    async update(userId: string, id: string, values: Updateable<ConversationsTable>): Promise<boolean> {
      const { numUpdatedRows } = await kysely
        .updateTable('conversations')
        .set(values)
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    /** Its messages go with it. */
    async remove(userId: string, id: string): Promise<boolean> {
      const { numDeletedRows } = await kysely
        .deleteFrom('conversations')
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
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

    /** For a batch: gives it a title unless it has one other than `untitled`. */
    titled(userId: string, id: string, untitled: string, title: string) {
      return kysely
        .updateTable('conversations')
        .set({ title })
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .where('title', '=', untitled);
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
