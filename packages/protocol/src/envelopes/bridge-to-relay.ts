import { z } from 'zod';
import { connectionStatus, engineInfo } from '../api/bridges.ts';
import { envelope } from './envelope.ts';

/** How its engine is; sent on connecting and on every change. `systemLoad` is the one-minute load per core. */
export const statusUpdate = envelope(
  'status_update',
  z.object({
    ollamaStatus: connectionStatus,
    models: z.array(z.string().max(200)).max(1000),
    systemLoad: z.number().min(0).optional(),
    engine: engineInfo.optional(),
  }),
);

/** A newer session token for this socket, so that it is not closed when the first one expires. */
export const authenticate = envelope('authenticate', z.object({ token: z.string().min(1).max(8192) }));

/** One piece of the answer to the `chat_request` whose envelope id is `requestId`. */
export const chatChunk = envelope('chat_chunk', z.object({ requestId: z.string().max(128), content: z.string() }));

export const chatComplete = envelope(
  'chat_complete',
  z.object({ requestId: z.string().max(128), totalTokens: z.int().min(0).optional() }),
);

export const chatError = envelope(
  'chat_error',
  z.object({ requestId: z.string().max(128), code: z.string().max(64).optional(), message: z.string().max(4096) }),
);

export const bridgeToRelay = z.discriminatedUnion('type', [
  statusUpdate,
  authenticate,
  chatChunk,
  chatComplete,
  chatError,
]);
export type BridgeToRelay = z.infer<typeof bridgeToRelay>;
export type StatusUpdate = z.infer<typeof statusUpdate>;
