import type { AnswerMetadata, Attachment, Message, MessageStatus, ToolCall } from '@cloudtolocalllm/protocol';
import { type Insertable, type Kysely, sql } from 'kysely';
import type { MessageRow, MessagesTable, Tables } from '../storage/tables.ts';

export type MessageStore = ReturnType<typeof messageStore>;

/** No conversation that people hold is as long; an imported one whose messages follow each other in a circle ends here. */
const MAX_BRANCH_MESSAGES = 10_000;

/** More of an answer, and the number of the last event that is in it. */
export interface MoreOfMessage {
  content: string;
  thinking: string;
  toolCalls: readonly ToolCall[];
  lastSeq: number;
}

export interface FinishedMessage extends MoreOfMessage {
  status: MessageStatus;
  metadata: AnswerMetadata;
  totalTokens?: number;
  error?: { code: string; message: string };
}

/** A message on its branch, for a prompt. */
export type SaidMessage = Pick<MessageRow, 'id' | 'role' | 'content'>;

/** Messages in the database, always by owner. Methods named after what happened make queries for a batch. */
export function messageStore(kysely: Kysely<Tables>) {
  const owned = (userId: string, conversationId: string) =>
    kysely.selectFrom('messages').where('messages.user_id', '=', userId).where('conversation_id', '=', conversationId);

  const changed = (userId: string, id: string) =>
    kysely.updateTable('messages').where('user_id', '=', userId).where('id', '=', id);

  /** The ids from this message up to the first one; only the newest whose text fits into so many characters. */
  const branchTo = (userId: string, conversationId: string, id: string, maxCharacters = Number.MAX_SAFE_INTEGER) =>
    kysely.withRecursive('branch(id, parent_id, depth, characters)', (query) =>
      query
        .selectFrom('messages')
        .where('messages.user_id', '=', userId)
        .where('conversation_id', '=', conversationId)
        .where('messages.id', '=', id)
        .select(['messages.id', 'messages.parent_id', sql<number>`0`.as('depth')])
        .select(sql<number>`length(messages.content)`.as('characters'))
        .unionAll(
          query
            .selectFrom('branch')
            .innerJoin('messages', 'messages.id', 'branch.parent_id')
            .where('messages.user_id', '=', userId)
            .where('conversation_id', '=', conversationId)
            .where('depth', '<', MAX_BRANCH_MESSAGES - 1)
            .where(sql<boolean>`branch.characters + length(messages.content) <= ${maxCharacters}`)
            .select(['messages.id', 'messages.parent_id', sql<number>`branch.depth + 1`.as('depth')])
            .select(sql<number>`branch.characters + length(messages.content)`.as('characters')),
        ),
    );

  return {
    /** Those of all branches, in the order they were said. */
    list(userId: string, conversationId: string): Promise<MessageRow[]> {
      return owned(userId, conversationId).selectAll().orderBy('position').execute();
    },

    /** Those from the first one to this. */
    branch(userId: string, conversationId: string, id: string): Promise<MessageRow[]> {
      return branchTo(userId, conversationId, id)
        .selectFrom('branch')
        .innerJoin('messages', 'messages.id', 'branch.id')
        .orderBy('depth', 'desc')
        .selectAll('messages')
        .execute();
    },

    get(userId: string, conversationId: string, id: string): Promise<MessageRow | undefined> {
      return owned(userId, conversationId).selectAll().where('id', '=', id).executeTakeFirst();
    },

    /** The last message of the branch that is shown; undefined without messages. */
    current(userId: string, conversationId: string): Promise<MessageRow | undefined> {
      return owned(userId, conversationId)
        .innerJoin('conversations', 'conversations.current_message_id', 'messages.id')
        .where('conversations.id', '=', conversationId)
        .selectAll('messages')
        .executeTakeFirst();
    },

    /** Whether other messages follow this one. */
    async isFollowed(userId: string, conversationId: string, id: string): Promise<boolean> {
      const follower = owned(userId, conversationId).where('parent_id', '=', id).select('id');
      return (await follower.executeTakeFirst()) !== undefined;
    },

    /**
     * What was said from the first message to this one, without empty answers; only the newest messages that fit into so
     * many characters, and always this one.
     */
    async said(userId: string, conversationId: string, id: string, maxCharacters: number): Promise<SaidMessage[]> {
      return branchTo(userId, conversationId, id, maxCharacters)
        .selectFrom('branch')
        .innerJoin('messages', 'messages.id', 'branch.id')
        .where('messages.content', '!=', '')
        .orderBy('depth', 'desc')
        .select(['messages.id', 'messages.role', 'messages.content'])
        .execute();
    },

    /** Of all users: those that wait for a computer, the oldest first. */
    queued(): Promise<MessageRow[]> {
      return kysely
        .selectFrom('messages')
        .selectAll()
        .where('status', '=', 'queued')
        .where('role', '=', 'assistant')
        .orderBy('created')
        .orderBy('id')
        .execute();
    },

    /** Of all users: stores what a killed relay left behind; returns how many answers that were. */
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

    /** For a batch: it is being made again, or waits for it. */
    begun(
      userId: string,
      id: string,
      values: Pick<Insertable<MessagesTable>, 'last_seq' | 'expires' | 'model' | 'wanted_bridge_id'> & {
        status: 'queued' | 'loading';
      },
    ) {
      return changed(userId, id).set({ error_code: null, error_message: null, ...values });
    },

    /** For a batch: more of an answer that is being generated. */
    continued(userId: string, id: string, { content, thinking, toolCalls, lastSeq }: MoreOfMessage) {
      return changed(userId, id).set({
        content: sql`content || ${content}`,
        thinking: sql`thinking || ${thinking}`,
        tool_calls: toJson(toolCalls),
        status: 'streaming',
        last_seq: lastSeq,
      });
    },

    /** For a batch: the whole of it. */
    finished(userId: string, id: string, message: FinishedMessage) {
      const { content, thinking, toolCalls, lastSeq, status, metadata, totalTokens, error } = message;
      return changed(userId, id).set({
        content,
        thinking,
        tool_calls: toJson(toolCalls),
        status,
        last_seq: lastSeq,
        metadata: Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
        total_tokens: totalTokens ?? null,
        error_code: error?.code ?? null,
        error_message: error?.message ?? null,
        expires: null,
      });
    },
  };
}

function toJson(toolCalls: readonly ToolCall[]): string | null {
  return toolCalls.length === 0 ? null : JSON.stringify(toolCalls);
}

/** The tool calls of a stored message. */
export function toToolCalls({ tool_calls }: Pick<MessageRow, 'tool_calls'>): ToolCall[] {
  return tool_calls === null ? [] : (JSON.parse(tool_calls) as ToolCall[]); // as: only validated ones are stored
}

/** A stored message as clients see it. */
export function toMessage(row: MessageRow, attachments: Attachment[] = []): Message {
  return {
    id: row.id,
    role: row.role,
    content: row.content,
    status: row.status,
    created: row.created,
    parentId: row.parent_id,
    ...(row.thinking !== '' && { thinking: row.thinking }),
    ...(row.tool_calls !== null && { toolCalls: toToolCalls(row) }),
    ...(attachments.length > 0 && { attachments }),
    ...(row.metadata !== null && { metadata: JSON.parse(row.metadata) as AnswerMetadata }), // as: only validated ones are stored
    ...(row.expires !== null && { expires: row.expires }),
    ...(row.model !== null && { model: row.model }),
    ...(row.total_tokens !== null && { totalTokens: row.total_tokens }),
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
  };
}
