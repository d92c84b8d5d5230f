import type { AnswerMetadata, Message, MessageStatus, ToolCall } from '@cloudtolocalllm/protocol';
import { type Insertable, type Kysely, sql } from 'kysely';
import type { MessageRow, MessagesTable, Tables } from '../storage/tables.ts';
import type { PromptMessage } from './chat-model.ts';

export type MessageStore = ReturnType<typeof messageStore>;

export interface FinishedMessage {
  content: string;
  status: MessageStatus;
  totalTokens?: number;
  error?: { code: string; message: string };
}

/** Messages in the database, always by owner. Methods named after what happened make queries for a batch. */
export function messageStore(kysely: Kysely<Tables>) {
  const owned = (userId: string, conversationId: string) =>
    kysely.selectFrom('messages').where('user_id', '=', userId).where('conversation_id', '=', conversationId);

  return {
    /** In the order they were said. */
    list(userId: string, conversationId: string): Promise<MessageRow[]> {
      return owned(userId, conversationId).selectAll().orderBy('position').execute();
    },

    get(userId: string, conversationId: string, id: string): Promise<MessageRow | undefined> {
      return owned(userId, conversationId).selectAll().where('id', '=', id).executeTakeFirst();
    },

    /** What was said so far, without empty answers; only the newest messages that fit into so many characters. */
    async prompt(userId: string, conversationId: string, maxCharacters: number): Promise<PromptMessage[]> {
      const characters = sql<number>`sum(length(content)) over (order by position desc)`;
      return kysely
        .selectFrom(
          owned(userId, conversationId)
            .where('content', '!=', '')
            .select(['role', 'content', 'position', characters.as('characters')])
            .as('said'),
        )
        .where('characters', '<=', maxCharacters)
        .orderBy('position')
        .select(['role', 'content'])
        .execute();
    },

    /** Stores what a killed relay left behind; returns how many answers that were. */
    async interruptStreaming(error: { code: string; message: string }): Promise<number> {
      const { numUpdatedRows } = await kysely
        .updateTable('messages')
        .set({ status: 'interrupted', error_code: error.code, error_message: error.message })
        .where('status', 'in', ['loading', 'streaming'])
        .executeTakeFirstOrThrow();
      return Number(numUpdatedRows);
    },

    /** For a batch: a message at the end of its conversation. */
    added(row: Omit<Insertable<MessagesTable>, 'position'>) {
      return kysely.insertInto('messages').values((query) => ({
        ...row,
        position: query
          .selectFrom('messages')
          .where('conversation_id', '=', row.conversation_id)
          .select(sql<number>`coalesce(max(position) + 1, 0)`.as('position')),
      }));
    },

    /** For a batch: more of an answer that is being generated. */
    continued(userId: string, id: string, more: string) {
      return kysely
        .updateTable('messages')
        .set({ content: sql`content || ${more}`, status: 'streaming' })
        .where('user_id', '=', userId)
        .where('id', '=', id);
    },

    /** For a batch: the whole of it. */
    finished(userId: string, id: string, { content, status, totalTokens, error }: FinishedMessage) {
      return kysely
        .updateTable('messages')
        .set({
          content,
          status,
          total_tokens: totalTokens ?? null,
          error_code: error?.code ?? null,
          error_message: error?.message ?? null,
        })
        .where('user_id', '=', userId)
        .where('id', '=', id);
    },
  };
}

/** A stored message as clients see it. */
export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    role: row.role,
    content: row.content,
    status: row.status,
    created: row.created,
    parentId: row.parent_id,
    ...(row.thinking !== '' && { thinking: row.thinking }),
    ...(row.tool_calls !== null && { toolCalls: JSON.parse(row.tool_calls) as ToolCall[] }), // as: only validated ones are stored
    ...(row.metadata !== null && { metadata: JSON.parse(row.metadata) as AnswerMetadata }), // as: the same
    ...(row.expires !== null && { expires: row.expires }),
    ...(row.model !== null && { model: row.model }),
    ...(row.total_tokens !== null && { totalTokens: row.total_tokens }),
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
  };
}
