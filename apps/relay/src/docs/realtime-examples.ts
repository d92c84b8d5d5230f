import {
  accountSettings,
  bridgeMessage,
  bridgeStatus,
  conversation,
  EXAMPLE_UUID,
  message,
  proxyStatus,
  type RealtimeToClient,
  type RealtimeToRelay,
} from '@cloudtolocalllm/protocol';
import type { z } from 'zod';

const ID = '8f14e45fceea-42';
const STAMPED = { id: ID, timestamp: '2025-06-20T17:00:00.000Z' };
const CONVERSATION_ID = `conv-${EXAMPLE_UUID}`;
const MESSAGE_ID = `msg-${EXAMPLE_UUID}`;

/** One of every message that devices are told, so that a new one can't be left out. */
export const TO_DEVICE: { [Type in RealtimeToClient['type']]: Extract<RealtimeToClient, { type: Type }> } = {
  ready: { type: 'ready', ...STAMPED, payload: { missed: false } },
  conversation: { type: 'conversation', ...STAMPED, payload: { conversation: exampleOf(conversation) } },
  conversation_deleted: {
    type: 'conversation_deleted',
    ...STAMPED,
    payload: { conversationId: CONVERSATION_ID, undoUntil: '2025-06-20T17:00:30.000Z' },
  },
  message: { type: 'message', ...STAMPED, payload: { conversationId: CONVERSATION_ID, message: exampleOf(message) } },
  messages_deleted: {
    type: 'messages_deleted',
    ...STAMPED,
    payload: { conversationId: CONVERSATION_ID, messageIds: [MESSAGE_ID] },
  },
  chat_event: {
    type: 'chat_event',
    ...STAMPED,
    payload: {
      conversationId: CONVERSATION_ID,
      messageId: MESSAGE_ID,
      event: { type: 'chunk', content: 'Machine learning is', seq: 3 },
    },
  },
  bridge: { type: 'bridge', ...STAMPED, payload: { bridge: exampleOf(bridgeStatus) } },
  bridge_removed: { type: 'bridge_removed', ...STAMPED, payload: { bridgeId: `bridge-${EXAMPLE_UUID}` } },
  bridge_message: { type: 'bridge_message', ...STAMPED, payload: { message: exampleOf(bridgeMessage) } },
  proxy: { type: 'proxy', ...STAMPED, payload: { proxy: exampleOf(proxyStatus) } },
  settings: { type: 'settings', ...STAMPED, payload: { settings: exampleOf(accountSettings) } },
};

/** The same of what they send. */
export const FROM_DEVICE: { [Type in RealtimeToRelay['type']]: Extract<RealtimeToRelay, { type: Type }> } = {
  resume: { type: 'resume', payload: { after: ID } },
  authenticate: { type: 'authenticate', payload: { token: 'access-token' } },
};

/** Which of them come on the socket of a conversation, and which on that of a person. */
export const ON_CHAT = [
  'ready',
  'conversation',
  'conversation_deleted',
  'message',
  'messages_deleted',
  'chat_event',
] as const;
export const ON_STATUS = [
  'ready',
  'conversation',
  'conversation_deleted',
  'bridge',
  'bridge_removed',
  'bridge_message',
  'proxy',
  'settings',
] as const;

function exampleOf<Schema extends z.ZodType>(schema: Schema): z.infer<Schema> {
  const examples: unknown = schema.meta()?.examples;
  return schema.parse(Array.isArray(examples) ? examples[0] : undefined);
}
