import type { Compilable, Kysely } from 'kysely';
import { auditLog } from '../audit/audit-log.ts';
import type { ProxyRow, Tables } from '../storage/tables.ts';

export type ProxyStore = ReturnType<typeof proxyStore>;

/** What is stored of a proxy's end. */
export type ProxyEndRow = Pick<ProxyRow, 'status' | 'ended' | 'reason' | 'detail' | 'metrics' | 'resources'>;
/** Its figures, as the columns hold them. */
export type ProxyFiguresRow = Pick<ProxyRow, 'metrics' | 'resources'>;

export interface ListOptions {
  /** The only ones whose proxies are listed; undefined = all. */
  bridges: ReadonlySet<string> | undefined;
  limit: number;
  offset: number;
}

/** Rows that one look takes; the next one takes the rest. */
const SWEPT = 500;

/**
 * Proxies by their owner: those that run, and the history of those that have ended. Making and ending one is in the audit
 * log, or it did not happen.
 */
export function proxyStore(kysely: Kysely<Tables>) {
  const ofUser = (userId: string) => kysely.selectFrom('proxies').where('user_id', '=', userId);
  return {
    insert(row: ProxyRow, address: string): Promise<void> {
      const { id, user_id: userId, bridge_id: bridgeId, name } = row;
      const note = name === null ? `for ${bridgeId}` : `${name}, for ${bridgeId}`;
      return kysely.transaction().execute(async (transaction) => {
        await transaction.insertInto('proxies').values(row).execute();
        await auditLog(transaction).record(userId, { action: 'proxy_created', target: id, address, note });
      });
    },

    find(userId: string, proxyId: string): Promise<ProxyRow | undefined> {
      return ofUser(userId).selectAll().where('id', '=', proxyId).executeTakeFirst();
    },

    /** Those that run, then those that have ended, the newest first. */
    async list(userId: string, { bridges, limit, offset }: ListOptions): Promise<{ rows: ProxyRow[]; total: number }> {
      const listed = bridges === undefined ? ofUser(userId) : ofUser(userId).where('bridge_id', 'in', [...bridges]);
      const [rows, { total }] = await Promise.all([
        listed
          .selectAll()
          .orderBy((query) => query('status', '=', 'running'), 'desc')
          .orderBy('created', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .offset(offset)
          .execute(),
        listed.select((query) => query.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
      ]);
      return { rows, total };
    },

    /** `address`: where it was asked for; undefined when it ended by itself. */
    end(userId: string, proxyId: string, end: ProxyEndRow, address?: string): Promise<void> {
      return kysely.transaction().execute(async (transaction) => {
        const row = transaction.updateTable('proxies').set(end).where('user_id', '=', userId);
        await row.where('id', '=', proxyId).execute();
        const entry = { action: 'proxy_ended', target: proxyId, address, note: end.reason ?? undefined } as const;
        await auditLog(transaction).record(userId, entry);
      });
    },

    /** The query that keeps the figures of one that runs; for a batch. */
    figures(userId: string, proxyId: string, figures: ProxyFiguresRow): Compilable {
      return kysely
        .updateTable('proxies')
        .set(figures)
        .where('user_id', '=', userId)
        .where('id', '=', proxyId)
        .where('status', '=', 'running');
    },

    /** As if it had never been. */
    async remove(userId: string, proxyId: string): Promise<void> {
      await kysely.deleteFrom('proxies').where('user_id', '=', userId).where('id', '=', proxyId).execute();
    },

    /** Of all owners: what an earlier relay left running. */
    leftRunning(): Promise<ProxyRow[]> {
      return kysely.selectFrom('proxies').selectAll().where('status', '=', 'running').limit(SWEPT).execute();
    },

    /** Of all owners: forgets those that ended before. */
    async sweep(endedBefore: Date): Promise<void> {
      await kysely
        .deleteFrom('proxies')
        .where('status', 'in', ['terminated', 'crashed'])
        .where('ended', '<', endedBefore.toISOString())
        .execute();
    },
  };
}
