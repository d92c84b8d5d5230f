import {
  type BridgeToRelay,
  bridgeId,
  bridgeToRelay,
  EXAMPLE_UUID,
  type RelayToBridge,
  relayToBridge,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { BRIDGE_SOCKET_PREFIX, SUBPROTOCOL } from '../bridges/bridge-socket.ts';
import type { JsonSchema, MediaType, WebSocketDescription } from './document.ts';

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
