import {
  type BridgeToRelay,
  bridgeId,
  bridgeToRelay,
  conversationId,
  EXAMPLE_UUID,
  realtimeToClient,
  realtimeToRelay,
  type RealtimeToClient,
  type RelayToBridge,
  relayToBridge,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { BRIDGE_SOCKET_PREFIX } from '../bridges/bridge-socket.ts';
import { CHAT_SOCKET_PREFIX, STATUS_SOCKET_PREFIX } from '../realtime/device-request.ts';
import type { JsonSchema, MediaType, Parameter, WebSocketDescription } from './document.ts';
import { SUBPROTOCOL } from '../socket-request.ts';
import { FROM_DEVICE, ON_CHAT, ON_STATUS, TO_DEVICE } from './realtime-examples.ts';

const REQUEST_ID = `msg-${EXAMPLE_UUID}`;
const STAMPED = { id: REQUEST_ID, timestamp: '2025-06-20T17:00:00.000Z' };

/** One of every envelope, so that a new one can't be left out. */
const FROM_BRIDGE: { [Type in BridgeToRelay['type']]: Extract<BridgeToRelay, { type: Type }> } = {
  status_update: {
    type: 'status_update',
    payload: { ollamaStatus: 'connected', models: ['llama3.2:1b'], systemLoad: 0.15 },
  },
  authenticate: { type: 'authenticate', ...STAMPED, payload: { token: 'session-jwt-token' } },
  chat_accepted: { type: 'chat_accepted', payload: { requestId: REQUEST_ID } },
  chat_chunk: { type: 'chat_chunk', payload: { requestId: REQUEST_ID, content: 'Machine learning is' } },
  chat_complete: { type: 'chat_complete', payload: { requestId: REQUEST_ID, totalTokens: 150 } },
  chat_error: { type: 'chat_error', payload: { requestId: REQUEST_ID, message: 'model "llama3.2:1b" not found' } },
};

const TO_BRIDGE: { [Type in RelayToBridge['type']]: Extract<RelayToBridge, { type: Type }> } = {
  chat_request: {
    type: 'chat_request',
    ...STAMPED,
    payload: {
      model: 'llama3.2:1b',
      messages: [{ role: 'user', content: 'Hello, how are you?' }],
      stream: true,
    },
  },
  chat_cancel: { type: 'chat_cancel', ...STAMPED, payload: { requestId: REQUEST_ID } },
  chat_received: { type: 'chat_received', ...STAMPED, payload: { requestId: REQUEST_ID } },
};

/** For the document's `x-websockets`: each socket and, by direction, each message with its schema and an example. */
export function describeWebSockets(): Record<string, WebSocketDescription> {
  return {
    [`${BRIDGE_SOCKET_PREFIX}{bridgeId}`]: {
      summary: 'Connect a bridge',
      description:
        'With the session token of `POST /api/bridge/register` as `Authorization: Bearer …` or as a subprotocol. Text ' +
        'messages are these envelopes; `id` and `timestamp` may be absent. Bridges with the capability `streaming` speak ' +
        'binary frames as well (docs/PROTOCOL.md).',
      parameters: [
        {
          name: 'bridgeId',
          in: 'path',
          required: true,
          schema: jsonSchema(bridgeId),
          example: `bridge-${EXAMPLE_UUID}`,
        },
      ],
      subprotocols: [SUBPROTOCOL, 'bearer.{sessionToken}'],
      send: messages(bridgeToRelay.options, FROM_BRIDGE),
      receive: messages(relayToBridge.options, TO_BRIDGE),
    },
    [`${CHAT_SOCKET_PREFIX}{conversationId}`]: {
      summary: 'Follow a conversation',
      description: `Its changes, its messages, and the answers that are being made, as they come. Takes the scope "chat". ${RESUMING}`,
      parameters: [
        {
          name: 'conversationId',
          in: 'path',
          required: true,
          schema: jsonSchema(conversationId),
          example: `conv-${EXAMPLE_UUID}`,
        },
        AFTER,
      ],
      ...deviceMessages(ON_CHAT),
    },
    [`${STATUS_SOCKET_PREFIX}{userId}`]: {
      summary: 'Follow what is yours',
      description:
        'Conversations (scope "chat"), bridges (scope "bridges:read") and the messages in their queues (scope ' +
        `"inference"), as they change. The id is your own, \`userId\` of \`GET /api/me\`. ${RESUMING}`,
      parameters: [
        { name: 'userId', in: 'path', required: true, schema: { type: 'string' }, example: 'auth0|5f0c2a9e1d7b' },
        AFTER,
      ],
      ...deviceMessages(ON_STATUS),
    },
  };
}

const RESUMING =
  'With an access token or an API key as `Authorization: Bearer …` or as a subprotocol. `ready` comes first. Who was ' +
  'away says the id of the last message it saw, as `after` or by `resume`, and gets what came since; `missed` says that ' +
  'it is no longer there. A newer access token is sent by `authenticate` before the old one ends.';

const AFTER: Parameter = {
  name: 'after',
  in: 'query',
  description: 'The id of the last message that was seen.',
  schema: { type: 'string', maxLength: 128 },
  example: TO_DEVICE.ready.id,
};

function deviceMessages(types: readonly RealtimeToClient['type'][]) {
  const told = realtimeToClient.options.filter(({ shape }) => types.includes(shape.type.value));
  return {
    subprotocols: [SUBPROTOCOL, 'bearer.{token}'],
    send: messages(realtimeToRelay.options, FROM_DEVICE),
    receive: messages(told, TO_DEVICE),
  };
}

interface EnvelopeSchema<Type extends string> extends z.ZodType {
  shape: { type: z.ZodLiteral<Type> };
}

function messages<Type extends string>(
  schemas: readonly EnvelopeSchema<Type>[],
  examples: Record<Type, object>,
): Record<string, MediaType> {
  return Object.fromEntries(
    schemas.map((schema) => {
      const { value } = schema.shape.type;
      return [value, { schema: jsonSchema(schema), example: examples[value] }];
    }),
  );
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, { io: 'input', metadata: z.registry() });
  return converted;
}
