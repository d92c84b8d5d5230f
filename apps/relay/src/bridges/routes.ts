import {
  bridgeId,
  bridgeList,
  bridgeStatus as bridgeStatusSchema,
  registerBridgeRequest,
  registerBridgeResponse,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import type { PublicUrl } from '../public-url.ts';
import { type BridgePresence, bridgeStatus } from './bridge-directory.ts';
import type { BridgeStore } from './bridge-store.ts';
import type { SessionTokens } from './session-token.ts';

export interface BridgeRoutesOptions {
  bridges: BridgeStore;
  sessionTokens: SessionTokens;
  publicUrl: PublicUrl;
  /** Absent: no bridge can be connected. */
  presence?: BridgePresence;
}

const params = z.object({ bridgeId });
const removed = z.object({ success: z.literal(true), message: z.string() });

/** `/api/bridge`: registering, listing, looking at and removing one's bridges. */
export function bridgeRoutes(api: Api, { bridges, sessionTokens, publicUrl, presence }: BridgeRoutesOptions): void {
  api.post(
    '/api/bridge/register',
    {
      config: { access: 'account' },
      schema: { body: registerBridgeRequest, response: { 200: registerBridgeResponse } },
    },
    async ({ user, body }) => {
      const bridge = await bridges.register(user.id, body);
      return {
        success: true as const,
        bridgeId: bridge.id,
        sessionToken: await sessionTokens.issue(bridge),
        endpoints: {
          websocket: `${publicUrl.webSocketOrigin}/ws/bridge/${bridge.id}`,
          status: `/api/bridge/${bridge.id}/status`,
        },
      };
    },
  );

  api.get(
    '/api/bridge',
    { config: { access: 'bridges:read' }, schema: { response: { 200: bridgeList } } },
    async ({ user }) => {
      const rows = await bridges.list(user.id);
      return { bridges: rows.map((row) => bridgeStatus(row, presence)) };
    },
  );

  api.get(
    '/api/bridge/:bridgeId/status',
    { config: { access: 'bridges:read' }, schema: { params, response: { 200: bridgeStatusSchema } } },
    async ({ user, params: { bridgeId: id } }) => {
      const row = await bridges.find(user.id, id);
      if (row === undefined) throw noSuchBridge(id);
      return bridgeStatus(row, presence);
    },
  );

  api.delete(
    '/api/bridge/:bridgeId',
    { config: { access: 'account' }, schema: { params, response: { 200: removed } } },
    async ({ user, params: { bridgeId: id } }) => {
      if (!(await bridges.remove(user.id, id))) throw noSuchBridge(id);
      presence?.drop(id);
      return { success: true as const, message: 'Bridge removed; it must be registered again to come back' };
    },
  );
}

/** Also for another user's bridge: whether it exists is nobody else's business. */
function noSuchBridge(id: string): RelayError {
  return new RelayError('not_found', `You have no bridge "${id}"`);
}
