import { z } from 'zod';
import { bridgeId } from '../ids.ts';

/** `POST /api/bridge/register`: idempotent per user and `clientId`. */
export const registerBridgeRequest = z.object({
  clientId: z.string().min(1).max(128),
  platform: z.string().min(1).max(64),
  version: z.string().min(1).max(64),
  capabilities: z.array(z.string().min(1).max(64)).max(32).default([]),
  /** Ours: what its owner calls this computer; defaults to the platform. */
  name: z.string().trim().min(1).max(64).optional(),
});
export type RegisterBridgeRequest = z.input<typeof registerBridgeRequest>;

export const registerBridgeResponse = z.object({
  success: z.literal(true),
  bridgeId,
  sessionToken: z.string(),
  endpoints: z.object({ websocket: z.string(), status: z.string() }),
});
export type RegisterBridgeResponse = z.infer<typeof registerBridgeResponse>;

export const connectionStatus = z.enum(['connected', 'disconnected']);
export type ConnectionStatus = z.infer<typeof connectionStatus>;

/** What answers behind a bridge. `demo` marks the engine that always says the same sentence. */
export const engineInfo = z.object({
  kind: z.string().max(32),
  version: z.string().max(64),
  demo: z.boolean().optional(),
});
export type EngineInfo = z.infer<typeof engineInfo>;

/** `GET /api/bridge/{bridgeId}/status`. */
export const bridgeStatus = z.object({
  bridgeId,
  name: z.string(),
  status: connectionStatus,
  /** ISO time; null for a bridge that was registered and never connected. */
  lastSeen: z.iso.datetime().nullable(),
  client: z.object({
    platform: z.string(),
    version: z.string(),
    ollamaStatus: connectionStatus,
    models: z.array(z.string()),
    systemLoad: z.number().optional(),
    engine: engineInfo.optional(),
  }),
});
export type BridgeStatus = z.infer<typeof bridgeStatus>;

/** `GET /api/bridge`. */
export const bridgeList = z.object({ bridges: z.array(bridgeStatus) });
export type BridgeList = z.infer<typeof bridgeList>;
