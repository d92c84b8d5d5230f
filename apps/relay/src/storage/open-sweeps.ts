import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-log.ts';
import { AuditSweep } from '../audit/audit-sweep.ts';
import { ATTACHMENT_SWEEP_MS, sweepAttachments } from '../chat/attachments/attachment-sweep.ts';
import { CONVERSATION_SWEEP_MS, sweepConversations } from '../chat/conversation-sweep.ts';
import type { IdempotencyStore } from '../idempotency/idempotency-store.ts';
import { IdempotencySweep } from '../idempotency/idempotency-sweep.ts';
import type { RelayDatabase } from './database.ts';
import { PeriodicSweep } from './periodic-sweep.ts';

export interface OpenSweepsOptions {
  database: RelayDatabase;
  audit: AuditLog;
  idempotency: IdempotencyStore;
  log: Logger;
}

/** What removes, again and again, what nobody can have back. */
export function openSweeps(
  opened: AsyncDisposableStack,
  { database, audit, idempotency, log }: OpenSweepsOptions,
): void {
  opened.use(new AuditSweep(audit, log));
  opened.use(
    new PeriodicSweep({
      what: 'deleted conversations',
      everyMs: CONVERSATION_SWEEP_MS,
      sweep: () => sweepConversations(database.kysely),
      log,
    }),
  );
  opened.use(
    new PeriodicSweep({
      what: 'unused attachments',
      everyMs: ATTACHMENT_SWEEP_MS,
      sweep: () => sweepAttachments(database),
      log,
    }),
  );
  opened.use(new IdempotencySweep(idempotency, log));
}
