import { type AuditAction, type AuditEvent, newId } from '@cloudtolocalllm/protocol';
import type { Kysely } from 'kysely';
import type { AuditEventRow, Tables } from '../storage/tables.ts';

/** What happened to a person's account; `note` is in words and never holds a secret. */
export interface AuditEntry {
  action: AuditAction;
  /** What it was done to: the id of a bridge or key, the name of a program. */
  target?: string | undefined;
  /** Where it came from. */
  address?: string | undefined;
  note?: string | undefined;
}

/** So long entries are kept. */
const KEPT_MS = 365 * 24 * 60 * 60 * 1000;
/** The newest entries of each person that are kept: no one of them fills the disk. */
const MAX_ENTRIES = 10_000;

export type AuditLog = ReturnType<typeof auditLog>;

/** What a person may look up later of their own account. Entries are never changed; old ones are removed by `sweep`. */
export function auditLog(kysely: Kysely<Tables>, now: () => number = Date.now, maxEntries = MAX_ENTRIES) {
  return {
    async record(userId: string, { action, target, address, note }: AuditEntry): Promise<void> {
      const row: AuditEventRow = {
        id: newId('event'),
        user_id: userId,
        created: new Date(now()).toISOString(),
        action,
        target: target ?? null,
        address: address ?? null,
        note: note ?? null,
      };
      await kysely.insertInto('audit_events').values(row).execute();
    },

    /** The newest first. */
    async list(
      userId: string,
      { limit, offset }: { limit: number; offset: number },
    ): Promise<{ events: AuditEvent[]; total: number }> {
      const owned = kysely.selectFrom('audit_events').where('user_id', '=', userId);
      const [rows, { total }] = await Promise.all([
        owned.selectAll().orderBy('created', 'desc').orderBy('id', 'desc').limit(limit).offset(offset).execute(),
        owned.select((query) => query.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
      ]);
      return { events: rows.map(toAuditEvent), total };
    },

    /** Removes what is older than a year, and of each person what is beyond the newest entries. */
    async sweep(): Promise<void> {
      const oldest = new Date(now() - KEPT_MS).toISOString();
      await kysely.deleteFrom('audit_events').where('created', '<', oldest).execute();
      const crowded = await kysely
        .selectFrom('audit_events')
        .select('user_id')
        .groupBy('user_id')
        .having((query) => query.fn.countAll(), '>', maxEntries)
        .execute();
      for (const { user_id } of crowded) {
        const owned = kysely.selectFrom('audit_events').where('user_id', '=', user_id);
        const kept = owned.select('id').orderBy('created', 'desc').orderBy('id', 'desc').limit(maxEntries);
        await kysely.deleteFrom('audit_events').where('user_id', '=', user_id).where('id', 'not in', kept).execute();
      }
    },
  };
}

function toAuditEvent(row: AuditEventRow): AuditEvent {
  return {
    id: row.id,
    timestamp: row.created,
    action: row.action,
    ...(row.target !== null && { target: row.target }),
    ...(row.address !== null && { address: row.address }),
    ...(row.note !== null && { note: row.note }),
  };
}
