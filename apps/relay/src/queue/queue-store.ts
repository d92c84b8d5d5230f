import type { BridgeMessage, BridgeMessageRequest, BridgeMessageStatus } from '@cloudtolocalllm/protocol';
import { type Compilable, type Kysely, sql } from 'kysely';
import type { BridgeMessageRow, Tables } from '../storage/tables.ts';

export type QueueStore = ReturnType<typeof queueStore>;
export type NewBridgeMessage = Pick<
  BridgeMessageRow,
  'id' | 'user_id' | 'bridge_id' | 'payload' | 'created' | 'expires'
>;
/** Without its texts, which may be long. */
export type ListedRow = Omit<BridgeMessageRow, 'payload' | 'content' | 'thinking'>;
export type QueuePayload = BridgeMessageRequest['payload'];

/** What is stored of an answer when it has ended. */
export interface StoredEnd {
  status: Exclude<BridgeMessageStatus, 'queued' | 'running'>;
  ended: string;
  content: string;
  thinking: string;
  last_seq: number;
  total_tokens: number | null;
  error_code: string | null;
  error_message: string | null;
  accepted: 0 | 1;
}

/** Texts that follow what is stored, or take its place. */
export interface StoredProgress {
  accepted: 0 | 1;
  last_seq: number;
  replaces: boolean;
  content: string;
  thinking: string;
}

const ACTIVE = ['queued', 'running'] as const;
const LISTED = [
  'number',
  'id',
  'user_id',
  'bridge_id',
  'status',
  'accepted',
  'created',
  'expires',
  'ended',
  'last_seq',
  'total_tokens',
  'error_code',
  'error_message',
] as const;
/** Of those that have ended, the newest are listed. */
const MAX_LISTED_ENDED = 100;
/** Rows that one look takes; the next one takes the rest. */
const SWEPT = 500;

/** The durable queue of each bridge. A row that is `accepted` is held by its bridge, which waits to be told to forget it. */
export function queueStore(kysely: Kysely<Tables>) {
  const table = () => kysely.selectFrom('bridge_messages');
  return {
    async add(row: NewBridgeMessage): Promise<void> {
      await kysely
        .insertInto('bridge_messages')
        .values({ ...row, status: 'queued' })
        .execute();
    },

    get(userId: string, bridgeId: string, id: string): Promise<BridgeMessageRow | undefined> {
      return table()
        .selectAll()
        .where('id', '=', id)
        .where('bridge_id', '=', bridgeId)
        .where('user_id', '=', userId)
        .executeTakeFirst();
    },

    /** Its place among those of its bridge that wait, from 1. */
    async position({ bridge_id, number }: Pick<BridgeMessageRow, 'bridge_id' | 'number'>): Promise<number> {
      const { before } = await table()
        .select(({ fn }) => fn.countAll<number>().as('before'))
        .where('bridge_id', '=', bridge_id)
        .where('status', '=', 'queued')
        .where('number', '<', number)
        .executeTakeFirstOrThrow();
      return before + 1;
    },

    /** What waits or runs, in its order, then what has ended, newest first. */
    async list(userId: string, bridgeId: string): Promise<ListedRow[]> {
      const of = () => table().select(LISTED).where('bridge_id', '=', bridgeId).where('user_id', '=', userId);
      const active = await of().where('status', 'in', ACTIVE).orderBy('number').execute();
      const ended = of().where('ended', 'is not', null).orderBy('ended', 'desc').orderBy('number', 'desc');
      return [...active, ...(await ended.limit(MAX_LISTED_ENDED).execute())];
    },

    /** Those that have something that has not ended, or that they need not keep. */
    async bridges(): Promise<string[]> {
      const rows = await table()
        .select('bridge_id')
        .distinct()
        .where(({ eb, or }) => or([eb('ended', 'is', null), eb('accepted', '=', 1)]))
        .execute();
      return rows.map(({ bridge_id }) => bridge_id);
    },

    /** How many of a bridge have not ended, and the bytes of their payloads. */
    async waiting(bridgeId: string): Promise<{ count: number; bytes: number }> {
      const { count, bytes } = await table()
        .select(({ fn }) => [
          fn.countAll<number>().as('count'),
          sql<number | null>`sum(octet_length(payload))`.as('bytes'),
        ])
        .where('bridge_id', '=', bridgeId)
        .where('status', 'in', ACTIVE)
        .executeTakeFirstOrThrow();
      return { count, bytes: bytes ?? 0 };
    },

    /** Whose turn it is: one that the bridge has already, else the first that waits and has not expired. */
    next(
      { userId, bridgeId }: { userId: string; bridgeId: string },
      now: string,
    ): Promise<BridgeMessageRow | undefined> {
      return table()
        .selectAll()
        .where('bridge_id', '=', bridgeId)
        .where('user_id', '=', userId)
        .where(({ eb, and, or }) =>
          or([eb('status', '=', 'running'), and([eb('status', '=', 'queued'), eb('expires', '>', now)])]),
        )
        .orderBy(sql`case status when 'running' then 0 else 1 end`)
        .orderBy('number')
        .limit(1)
        .executeTakeFirst();
    },

    /** Who this message of a bridge belongs to and how it is; for replies that nobody waits for. */
    async statusOf(bridgeId: string, id: string): Promise<BridgeMessageStatus | undefined> {
      const query = table().select('status').where('id', '=', id).where('bridge_id', '=', bridgeId);
      return (await query.executeTakeFirst())?.status;
    },

    /** Ended while their bridge was away, which may hold them still. */
    async unforgotten(bridgeId: string): Promise<string[]> {
      const rows = await table()
        .select('id')
        .where('bridge_id', '=', bridgeId)
        .where('accepted', '=', 1)
        .where('ended', 'is not', null)
        .orderBy('number')
        .limit(SWEPT)
        .execute();
      return rows.map(({ id }) => id);
    },

    async forgotten(ids: readonly string[]): Promise<void> {
      await kysely
        .updateTable('bridge_messages')
        .set({ accepted: 0 })
        .where('id', 'in', ids)
        .where('ended', 'is not', null)
        .execute();
    },

    /** Those that waited in vain: never begun, and begun by a bridge that has been away since before `lost`. */
    async overdue(now: string, lost: string): Promise<ListedRow[]> {
      const of = (status: BridgeMessageStatus, expires: string) =>
        table().select(LISTED).where('status', '=', status).where('expires', '<=', expires).limit(SWEPT).execute();
      return [...(await of('queued', now)), ...(await of('running', lost))];
    },

    /** At boot: begun by bridges that never said they keep it; nobody will tell the rest of their answers. */
    async interruptUnaccepted(now: string, error: { code: string; message: string }): Promise<number> {
      const { numUpdatedRows } = await kysely
        .updateTable('bridge_messages')
        .set({ status: 'interrupted', ended: now, error_code: error.code, error_message: error.message })
        .where('status', '=', 'running')
        .where('accepted', '=', 0)
        .executeTakeFirst();
      return Number(numUpdatedRows);
    },

    async removeEnded(before: string): Promise<void> {
      await kysely.deleteFrom('bridge_messages').where('ended', '<', before).execute();
    },

    /** The query that stores what was said; for a batch. */
    progressed(id: string, { accepted, last_seq, replaces, content, thinking }: StoredProgress): Compilable {
      return kysely
        .updateTable('bridge_messages')
        .set(({ ref }) => ({
          status: 'running' as const,
          accepted,
          last_seq,
          content: replaces ? content : sql<string>`${ref('content')} || ${content}`,
          thinking: replaces ? thinking : sql<string>`${ref('thinking')} || ${thinking}`,
        }))
        .where('id', '=', id)
        .where('ended', 'is', null);
    },

    /** The query that stores how it ended; for a batch. */
    ended(id: string, end: Partial<StoredEnd> & Pick<StoredEnd, 'status' | 'ended'>): Compilable {
      return kysely.updateTable('bridge_messages').set(end).where('id', '=', id).where('ended', 'is', null);
    },
  };
}

/** As the API shows it. */
export function toBridgeMessage(row: BridgeMessageRow, position?: number): BridgeMessage {
  const { content, thinking, total_tokens } = row;
  const isSaid = content !== '' || thinking !== '' || row.status === 'complete';
  return {
    ...toListedMessage(row, position),
    ...(isSaid && {
      result: {
        content,
        ...(thinking !== '' && { thinking }),
        model: payloadOf(row).model,
        ...(total_tokens !== null && { totalTokens: total_tokens }),
      },
    }),
  };
}

/** The same without its result. */
export function toListedMessage(row: ListedRow, position?: number): BridgeMessage {
  return {
    messageId: row.id,
    bridgeId: row.bridge_id,
    type: 'chat',
    status: row.status,
    created: row.created,
    expires: row.expires,
    ...(row.status === 'queued' && position !== undefined && { position }),
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
  };
}

export function payloadOf({ payload }: Pick<BridgeMessageRow, 'payload'>): QueuePayload {
  return JSON.parse(payload) as QueuePayload; // as: only the route that checked it writes it
}
