import { type Attachment, IMAGE_TYPES } from '@cloudtolocalllm/protocol';
import { type Compilable, type Kysely, sql } from 'kysely';
import { RelayError } from '../../errors.ts';
import type { AttachmentRow, Tables } from '../../storage/tables.ts';

/** Bytes of attachments that one prompt holds: three of the largest images. Those of older messages are left out. */
export const MAX_PROMPT_ATTACHMENT_BYTES = 32 * 1024 * 1024;

/** What a message's attachments give to its prompt. */
export interface AttachedContents {
  /** Base64, without a data URL's head: what engines take. */
  images: string[];
  texts: { name: string; text: string }[];
  /** Names of those that did not fit any more. */
  leftOut: string[];
}

export type AttachmentStore = ReturnType<typeof attachmentStore>;

/** Attachments in the database, always by owner; the bytes of each content once. */
export function attachmentStore(kysely: Kysely<Tables>) {
  const owned = (userId: string) => kysely.selectFrom('attachments').where('attachments.user_id', '=', userId);

  const ofMessages = (userId: string, messageIds: readonly string[]) =>
    owned(userId)
      .innerJoin('message_attachments', 'message_attachments.attachment_id', 'attachments.id')
      .where('message_attachments.message_id', 'in', fromJson(messageIds))
      .select('message_attachments.message_id')
      .selectAll('attachments')
      .orderBy('message_attachments.message_id')
      .orderBy('message_attachments.place')
      .execute();

  async function bytes(userId: string, hash: string): Promise<Uint8Array | undefined> {
    const blob = kysely.selectFrom('blobs').where('user_id', '=', userId).where('hash', '=', hash).select('bytes');
    return (await blob.executeTakeFirst())?.bytes;
  }

  return {
    bytes,

    get(userId: string, id: string): Promise<AttachmentRow | undefined> {
      return owned(userId).selectAll().where('id', '=', id).executeTakeFirst();
    },

    /** What a person has; `hasContent`: content with this hash is among it. */
    async usage(
      userId: string,
      hash: string,
    ): Promise<{ files: number; unused: number; bytes: number; hasContent: boolean }> {
      const contents = owned(userId)
        .groupBy('hash')
        .select((query) => query.fn.max('size').as('size'));
      const isUnused = sql<number>`not exists (select 1 from message_attachments where attachment_id = attachments.id)`;
      const [{ files, unused }, { bytes: all }, same] = await Promise.all([
        owned(userId)
          .select((query) => query.fn.countAll<number>().as('files'))
          .select(sql<number>`coalesce(sum(${isUnused}), 0)`.as('unused'))
          .executeTakeFirstOrThrow(),
        kysely
          .selectFrom(contents.as('contents'))
          .select(sql<number>`coalesce(sum(size), 0)`.as('bytes'))
          .executeTakeFirstOrThrow(),
        owned(userId).where('hash', '=', hash).select('id').executeTakeFirst(),
      ]);
      return { files, unused, bytes: all, hasContent: same !== undefined };
    },

    /** For a batch: an attachment and, unless its owner has them already, its bytes. */
    added(row: AttachmentRow, content: Uint8Array): Compilable[] {
      const { user_id, hash } = row;
      return [
        kysely
          .insertInto('blobs')
          .values({ user_id, hash, bytes: content })
          .onConflict((conflict) => conflict.columns(['user_id', 'hash']).doNothing()),
        kysely.insertInto('attachments').values(row),
      ];
    },

    /** For a batch: unless a message uses it, an attachment goes, and its bytes when they are of no other. */
    removed({ id, user_id, hash }: Pick<AttachmentRow, 'id' | 'user_id' | 'hash'>): Compilable[] {
      return [
        kysely
          .deleteFrom('attachments')
          .where('user_id', '=', user_id)
          .where('id', '=', id)
          .where('id', 'not in', (query) =>
            query.selectFrom('message_attachments').where('attachment_id', '=', id).select('attachment_id'),
          ),
        kysely
          .deleteFrom('blobs')
          .where('user_id', '=', user_id)
          .where('hash', '=', hash)
          .where('hash', 'not in', (query) =>
            query
              .selectFrom('attachments')
              .where('attachments.user_id', '=', user_id)
              .where('attachments.hash', '=', hash)
              .select('attachments.hash'),
          ),
      ];
    },

    /** Message -> its attachments in their order; a message without any is not in it. */
    async ofMessages(userId: string, messageIds: readonly string[]): Promise<Map<string, Attachment[]>> {
      const rows = messageIds.length === 0 ? [] : await ofMessages(userId, messageIds);
      const attached = Map.groupBy(rows, ({ message_id }) => message_id);
      return new Map([...attached].map(([id, of]) => [id, of.map(toAttachment)]));
    },

    /**
     * What is there under these ids, each once, in their order.
     * @throws RelayError validation_failed for an id that is none of this user's.
     */
    async usable(userId: string, ids: readonly string[]): Promise<Attachment[]> {
      if (ids.length === 0) return [];
      const rows = await owned(userId).selectAll().where('id', 'in', fromJson(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, toAttachment(row)]));
      return [...new Set(ids)].map((id) => byId.get(id) ?? unknown(id));
    },

    /** For the batch that stores the message; ids as `usable` gave them. */
    linked(userId: string, messageId: string, ids: readonly string[]) {
      return ids.map((attachment_id, place) =>
        kysely
          .insertInto('message_attachments')
          .values({ user_id: userId, message_id: messageId, attachment_id, place }),
      );
    },

    /**
     * Message -> what its attachments say, for a prompt; messages from the oldest to the newest. When they are more
     * than `maxBytes`, the newest messages keep theirs.
     */
    async contents(
      userId: string,
      messageIds: readonly string[],
      maxBytes = MAX_PROMPT_ATTACHMENT_BYTES,
    ): Promise<Map<string, AttachedContents>> {
      const contents = new Map<string, AttachedContents>();
      if (messageIds.length === 0) return contents;
      const attached = Map.groupBy(await ofMessages(userId, messageIds), ({ message_id }) => message_id);
      let room = maxBytes;
      for (const messageId of messageIds.toReversed()) {
        const rows = attached.get(messageId);
        if (rows === undefined || contents.has(messageId)) continue;
        const content: AttachedContents = { images: [], texts: [], leftOut: [] };
        contents.set(messageId, content);
        for (const { hash, name, type, size } of rows) {
          const read = size <= room ? await bytes(userId, hash) : undefined;
          if (read === undefined) content.leftOut.push(name);
          else if (isImage(type)) content.images.push(asBuffer(read).toString('base64'));
          else content.texts.push({ name, text: asBuffer(read).toString() });
          room -= read === undefined ? 0 : size;
        }
      }
      return contents;
    },
  };
}

/** A stored attachment as clients see it. */
export function toAttachment({ id, name, type, size, created }: AttachmentRow): Attachment {
  return { id, name, type, kind: isImage(type) ? 'image' : 'text', size, created };
}

export function isImage(type: string): boolean {
  return (IMAGE_TYPES as readonly string[]).includes(type); // as: a narrower list refuses to be asked
}

/** The same memory. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** One parameter however many ids: SQLite bounds their number, and statements stay prepared. */
function fromJson(ids: readonly string[]) {
  return sql<string>`(select value from json_each(${JSON.stringify(ids)}))`;
}

function unknown(id: string): never {
  throw new RelayError('validation_failed', 'There is no such attachment: upload the file first.', {
    details: { attachments: `"${id}" is not there` },
  });
}
