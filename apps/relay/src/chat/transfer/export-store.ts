import type { Kysely } from 'kysely';
import type { ConversationRow, MessageRow, Tables } from '../../storage/tables.ts';
import { asBuffer } from '../attachments/attachment-store.ts';

/** Conversations read at once: their rows are small. */
const CONVERSATIONS = 100;
/** Messages read at once: of the longest, a few megabytes. */
const MESSAGES = 25;

export type ExportStore = ReturnType<typeof exportStore>;

/** What of an attachment is known without its bytes. */
export interface ExportedFile {
  name: string;
  type: string;
  hash: string;
}

/** A person's conversations page by page, so that never all of them are in memory. */
export function exportStore(kysely: Kysely<Tables>) {
  const owned = (userId: string) =>
    kysely.selectFrom('conversations').selectAll().where('user_id', '=', userId).where('deleted', 'is', null);

  return {
    get(userId: string, id: string): Promise<ConversationRow | undefined> {
      return owned(userId).where('id', '=', id).executeTakeFirst();
    },

    /** All of them, the oldest first. */
    async *conversations(userId: string): AsyncGenerator<ConversationRow, void, undefined> {
      let last: ConversationRow | undefined;
      do {
        let page = owned(userId).orderBy('created').orderBy('id').limit(CONVERSATIONS);
        if (last !== undefined) {
          const { created, id } = last;
          page = page.where(({ eb, refTuple, tuple }) => eb(refTuple('created', 'id'), '>', tuple(created, id)));
        }
        const rows: ConversationRow[] = await page.execute();
        yield* rows;
        last = rows.length === CONVERSATIONS ? rows.at(-1) : undefined;
      } while (last !== undefined);
    },

    /** Of all branches, in the order they were made. */
    async *messages(userId: string, conversationId: string): AsyncGenerator<MessageRow, void, undefined> {
      let after = -1;
      for (;;) {
        const rows = await kysely
          .selectFrom('messages')
          .selectAll()
          .where('user_id', '=', userId)
          .where('conversation_id', '=', conversationId)
          .where('position', '>', after)
          .orderBy('position')
          .limit(MESSAGES)
          .execute();
        yield* rows;
        const last = rows.at(-1);
        if (last === undefined || rows.length < MESSAGES) return;
        after = last.position;
      }
    },

    /** The messages of the branch that is shown. */
    async branch(userId: string, { id, current_message_id }: ConversationRow): Promise<Set<string>> {
      const rows = await kysely
        .selectFrom('messages')
        .where('user_id', '=', userId)
        .where('conversation_id', '=', id)
        .select(['id', 'parent_id'])
        .execute();
      const parents = new Map(rows.map((row) => [row.id, row.parent_id]));
      const branch = new Set<string>();
      for (let next = current_message_id; next !== null && !branch.has(next); next = parents.get(next) ?? null) {
        branch.add(next);
      }
      return branch;
    },

    /** In their order. */
    attachments(userId: string, messageId: string): Promise<ExportedFile[]> {
      return kysely
        .selectFrom('message_attachments')
        .innerJoin('attachments', 'attachments.id', 'message_attachments.attachment_id')
        .where('message_attachments.user_id', '=', userId)
        .where('message_attachments.message_id', '=', messageId)
        .orderBy('message_attachments.place')
        .select(['attachments.name', 'attachments.type', 'attachments.hash'])
        .execute();
    },

    async base64(userId: string, hash: string): Promise<string> {
      const blob = kysely.selectFrom('blobs').where('user_id', '=', userId).where('hash', '=', hash).select('bytes');
      return asBuffer((await blob.executeTakeFirstOrThrow()).bytes).toString('base64');
    },
  };
}
