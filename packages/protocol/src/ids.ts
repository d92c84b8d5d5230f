import { z } from 'zod';

/** The prefixes that the specification shows in front of a UUID, and ours: API keys and audit events. */
export const ID_PREFIXES = ['bridge', 'proxy', 'conv', 'msg', 'req', 'key', 'event'] as const;
export type IdPrefix = (typeof ID_PREFIXES)[number];

/** Makes a fresh id such as `conv-6f1c…`. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}-${crypto.randomUUID()}`;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

export const bridgeId = z.string().regex(new RegExp(`^bridge-${UUID}$`), 'must be a bridge id, "bridge-" and a UUID');
export const conversationId = z
  .string()
  .regex(new RegExp(`^conv-${UUID}$`), 'must be a conversation id, "conv-" and a UUID');
export const messageId = z.string().regex(new RegExp(`^msg-${UUID}$`), 'must be a message id, "msg-" and a UUID');
export const keyId = z.string().regex(new RegExp(`^key-${UUID}$`), 'must be a key id, "key-" and a UUID');
export const auditEventId = z.string().regex(new RegExp(`^event-${UUID}$`), 'must be an event id, "event-" and a UUID');
