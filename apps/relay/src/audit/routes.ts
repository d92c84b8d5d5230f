import { auditList, auditQuery } from '@cloudtolocalllm/protocol';
import type { Api } from '../api.ts';
import type { AuditLog } from './audit-log.ts';

/** `/api/audit`: what happened to one's account. */
export function auditRoutes(api: Api, { audit }: { audit: AuditLog }): void {
  api.get(
    '/api/audit',
    {
      config: { access: 'account' },
      schema: {
        operationId: 'listAuditEvents',
        summary: 'What happened to your account',
        description: 'Sign-ins, bridges and API keys, the newest first; kept for a year.',
        tags: ['Account'],
        querystring: auditQuery,
        response: { 200: auditList },
      },
    },
    async ({ user, query }) => {
      const { events, total } = await audit.list(user.id, query);
      return { events, total, hasMore: query.offset + events.length < total };
    },
  );
}
