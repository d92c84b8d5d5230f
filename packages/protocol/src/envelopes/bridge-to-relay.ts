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
    /** The policy lets models be loaded, pulled and deleted. */
    mayManageModels: z.boolean().optional(),
  }),
);

/** A newer session token for this socket, so that it is not closed when the first one expires. */
export const authenticate = envelope('authenticate', z.object({ token: z.string().min(1).max(8192) }));

/**
 * The `chat_request` with this id is kept, survives a cut and is run once, however often it is sent. What follows tells
 * its answer from the beginning. A bridge that never says so is taken to have accepted with its first `chat_chunk`.
 */
export const chatAccepted = envelope('chat_accepted', z.object({ requestId: z.string().max(128) }));

/** One piece of the answer to the `chat_request` whose envelope id is `requestId`. */
export const chatChunk = envelope(
  'chat_chunk',
  z.object({ requestId: z.string().max(128), content: z.string(), thinking: z.string().optional() }),
);

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
  chatAccepted,
  chatChunk,
  chatComplete,
  chatError,
]);
export type BridgeToRelay = z.infer<typeof bridgeToRelay>;
export type StatusUpdate = z.infer<typeof statusUpdate>;
