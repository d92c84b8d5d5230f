import { z } from 'zod';
import { bridgeId, EXAMPLE_UUID } from '../ids.ts';

/** `POST /api/bridge/register`: idempotent per user and `clientId`. */
export const registerBridgeRequest = z
  .object({
    clientId: z.string().min(1).max(128).meta({ description: 'Made once by the installation, kept by it.' }),
    platform: z.string().min(1).max(64),
    version: z.string().min(1).max(64),
    capabilities: z
      .array(z.string().min(1).max(64))
      .max(32)
      .default([])
      .meta({ description: '`streaming`: it speaks binary frames; without it, JSON envelopes alone.' }),
    name: z
      .string()
      .trim()
      .min(1)
      .max(64)
      .optional()
      .meta({ description: 'What its owner calls this computer; the platform when absent.' }),
  })
  .meta({
    id: 'RegisterBridgeRequest',
    examples: [
      {
        clientId: 'desktop-client-uuid',
        platform: 'linux',
        version: '3.6.2',
        capabilities: ['ollama', 'streaming', 'tray'],
      },
    ],
  });
export type RegisterBridgeRequest = z.input<typeof registerBridgeRequest>;

export const registerBridgeResponse = z
  .object({
    success: z.literal(true),
    bridgeId,
    sessionToken: z.string().meta({ description: 'For the WebSocket of this one bridge; 24 hours.' }),
    endpoints: z.object({ websocket: z.string(), status: z.string() }),
  })
  .meta({
    id: 'RegisterBridgeResponse',
    examples: [
      {
        success: true,
        bridgeId: `bridge-${EXAMPLE_UUID}`,
        sessionToken: 'session-jwt-token',
        endpoints: {
          websocket: `wss://app.cloudtolocalllm.online/ws/bridge/bridge-${EXAMPLE_UUID}`,
          status: `/api/bridge/bridge-${EXAMPLE_UUID}/status`,
        },
      },
    ],
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

const exampleBridge = {
  bridgeId: `bridge-${EXAMPLE_UUID}`,
  name: 'linux',
  status: 'connected',
  lastSeen: '2025-06-20T16:52:20.850Z',
  priority: 0,
  client: {
    platform: 'linux',
    version: '3.6.2',
    ollamaStatus: 'connected',
    models: ['llama3.2:1b', 'codellama:7b'],
    systemLoad: 0.15,
    engine: { kind: 'ollama', version: '0.9.2' },
    mayManageModels: false,
  },
};

/** `GET /api/bridge/{bridgeId}/status`. */
export const bridgeStatus = z
  .object({
    bridgeId,
    name: z.string(),
    status: connectionStatus,
    lastSeen: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Null for a bridge that was registered and never connected.' }),
    priority: z.int().meta({ description: "Its place in its owner's order, from 0: the first one that can, answers." }),
    client: z.object({
      platform: z.string(),
      version: z.string(),
      ollamaStatus: connectionStatus,
      models: z.array(z.string()),
      systemLoad: z.number().optional().meta({ description: 'The one-minute load per core.' }),
      engine: engineInfo.optional(),
      mayManageModels: z
        .boolean()
        .optional()
        .meta({ description: 'Whether its owner allows to load, pull and delete models through the relay.' }),
    }),
  })
  .meta({ id: 'BridgeStatus', examples: [exampleBridge] });
export type BridgeStatus = z.infer<typeof bridgeStatus>;

/** `GET /api/bridge`. */
export const bridgeList = z
  .object({ bridges: z.array(bridgeStatus) })
  .meta({ id: 'BridgeList', examples: [{ bridges: [exampleBridge] }] });
export type BridgeList = z.infer<typeof bridgeList>;

/** `PATCH /api/bridge/{bridgeId}`. */
export const updateBridgeRequest = z
  .object({ name: z.string().trim().min(1).max(64).meta({ description: 'What its owner calls this computer.' }) })
  .meta({ id: 'UpdateBridgeRequest', examples: [{ name: 'Study' }] });
export type UpdateBridgeRequest = z.infer<typeof updateBridgeRequest>;

/** `PUT /api/bridge/order`: all of them; those that are not named come last, as they were. */
export const orderBridgesRequest = z
  .object({ bridgeIds: z.array(bridgeId).min(1).max(1000) })
  .meta({ id: 'OrderBridgesRequest', examples: [{ bridgeIds: [exampleBridge.bridgeId] }] });
export type OrderBridgesRequest = z.infer<typeof orderBridgesRequest>;
