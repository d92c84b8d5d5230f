import { z } from 'zod';
import { auditEventId, EXAMPLE_UUID } from '../ids.ts';

/** What the audit log keeps of a person's account. */
export const auditAction = z.enum([
  'signed_in',
  'sign_in_failed',
  'token_accepted',
  'password_changed',
  'bridge_approved',
  'bridge_registered',
  'bridge_renamed',
  'bridge_revoked',
  'key_created',
  'key_revoked',
  'proxy_created',
  'proxy_ended',
]);
export type AuditAction = z.infer<typeof auditAction>;

export const auditEvent = z
  .object({
    id: auditEventId,
    timestamp: z.iso.datetime(),
    action: auditAction,
    target: z
      .string()
      .optional()
      .meta({ description: 'What it was done to: the id of a bridge, key or proxy, the name of a program.' }),
    address: z.string().optional().meta({ description: 'The address it came from.' }),
    note: z.string().optional().meta({ description: 'In words: a name, a reason. Never a secret.' }),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof auditEvent>;

/** `GET /api/audit`, the newest first. */
export const auditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});
export type AuditQuery = z.input<typeof auditQuery>;
export const auditList = z.object({ events: z.array(auditEvent), total: z.int(), hasMore: z.boolean() }).meta({
  id: 'AuditList',
  examples: [
    {
      events: [
        {
          id: `event-${EXAMPLE_UUID}`,
          timestamp: '2025-06-20T16:52:20.850Z',
          action: 'bridge_registered',
          target: `bridge-${EXAMPLE_UUID}`,
          address: '203.0.113.7',
          note: 'linux',
        },
      ],
      total: 1,
      hasMore: false,
    },
  ],
});
export type AuditList = z.infer<typeof auditList>;
