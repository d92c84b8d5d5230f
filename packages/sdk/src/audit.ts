import type { AuditList } from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type AuditCalls = ReturnType<typeof auditCalls>;

export function auditCalls(transport: Transport) {
  return {
    /** What happened to the person's account, the newest first. */
    list: ({ signal, ...query }: { limit?: number; offset?: number } & CallOptions = {}): Promise<AuditList> =>
      transport.json<AuditList>('GET', '/api/audit', { query, signal }),
  };
}
