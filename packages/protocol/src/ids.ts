import { z } from 'zod';

/** The prefixes that the specification shows in front of a UUID, and ours: API keys, audit events, attachments, imports, Web Push subscriptions. */
export const ID_PREFIXES = ['bridge', 'proxy', 'conv', 'msg', 'req', 'key', 'event', 'file', 'import', 'push'] as const;
export type IdPrefix = (typeof ID_PREFIXES)[number];

/** Makes a fresh id such as `conv-6f1c…`. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}-${crypto.randomUUID()}`;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** Ids in the documentation end in it. */
export const EXAMPLE_UUID = '5f0c2a9e-1d7b-4c3e-9a86-2b41f7d0e6c8';

/** `what`: as in "must be a bridge id". */
function idSchema(prefix: IdPrefix, what: string) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}-${UUID}$`), `must be ${what} id, "${prefix}-" and a UUID`)
    .meta({ examples: [`${prefix}-${EXAMPLE_UUID}`] });
}

export const bridgeId = idSchema('bridge', 'a bridge');
export const conversationId = idSchema('conv', 'a conversation');
export const messageId = idSchema('msg', 'a message');
export const keyId = idSchema('key', 'a key');
export const auditEventId = idSchema('event', 'an event');
export const attachmentId = idSchema('file', 'an attachment');
export const importId = idSchema('import', 'an import');
export const proxyId = idSchema('proxy', 'a proxy');
export const pushSubscriptionId = idSchema('push', 'a subscription');
