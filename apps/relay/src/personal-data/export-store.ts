import type { AuditEvent, ProxyStatus } from '@cloudtolocalllm/protocol';
import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import { asBuffer } from '../chat/attachments/attachment-store.ts';
import type { ProxyViews } from '../proxies/proxy-views.ts';
import { payloadOf, toBridgeMessage } from '../queue/queue-store.ts';
import type { Tables } from '../storage/tables.ts';

/** Small rows read at once. */
const PAGE = 100;
/** Messages of queues read at once: each may have megabytes. */
const QUEUED = 4;

/** Everything of a person that may be much, page by page, so that never all of it is in memory. */
export function personalDataStore({
  kysely,
  audit,
  proxyViews,
}: {
  kysely: Kysely<Tables>;
  audit: Pick<AuditLog, 'list'>;
  proxyViews: Pick<ProxyViews, 'list'>;
}) {
  return {
    /** The newest first. What happens meanwhile may come twice, but nothing is left out. */
    async *auditEvents(userId: string): AsyncGenerator<AuditEvent, void, undefined> {
      for (let offset = 0; ; offset += PAGE) {
        const { events } = await audit.list(userId, { limit: PAGE, offset });
        yield* events;
        if (events.length < PAGE) return;
      }
    },

    async *proxies(userId: string): AsyncGenerator<ProxyStatus, void, undefined> {
      for (let offset = 0; ; offset += PAGE) {
        const { proxies } = await proxyViews.list(userId, { bridges: undefined, limit: PAGE, offset });
        yield* proxies;
        if (proxies.length < PAGE) return;
      }
    },

    /** In the order in which they were asked. */
    async *queuedMessages(userId: string): AsyncGenerator<object, void, undefined> {
      let after = -1;
      for (;;) {
        const rows = await kysely
          .selectFrom('bridge_messages')
          .selectAll()
          .where('user_id', '=', userId)
          .where('number', '>', after)
          .orderBy('number')
          .limit(QUEUED)
          .execute();
        for (const row of rows) yield { ...toBridgeMessage(row), payload: payloadOf(row) };
        const last = rows.at(-1);
        if (last === undefined || rows.length < QUEUED) return;
        after = last.number;
      }
    },

    async *unsentFiles(userId: string): AsyncGenerator<object, void, undefined> {
      let after = '';
      for (;;) {
        const row = await kysely
          .selectFrom('attachments')
          .innerJoin('blobs', (join) =>
            join.onRef('blobs.hash', '=', 'attachments.hash').onRef('blobs.user_id', '=', 'attachments.user_id'),
          )
          .where('attachments.user_id', '=', userId)
          .where('attachments.id', '>', after)
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('message_attachments')
                  .whereRef('message_attachments.attachment_id', '=', 'attachments.id')
                  .select('message_attachments.message_id'),
              ),
            ),
          )
          .orderBy('attachments.id')
          .select(['attachments.id', 'name', 'type', 'created', 'bytes'])
          .limit(1)
          .executeTakeFirst();
        if (row === undefined) return;
        const { id, bytes, ...file } = row;
        yield { ...file, base64: asBuffer(bytes).toString('base64') };
        after = id;
      }
    },
  };
}
