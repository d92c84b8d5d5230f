import { type LimitsInUse, limitsInUse } from '@cloudtolocalllm/protocol';
import type { Api } from '../api.ts';
import type { BridgeStore } from '../bridges/bridge-store.ts';
import type { RequestLimits } from './request-limits.ts';

export interface LimitsRouteOptions {
  limits: RequestLimits;
  bridges: Pick<BridgeStore, 'list'>;
}

/** `GET /api/me/limits`: how much of one's limits is in use. Asking counts as any request does, and no more. */
export function limitsRoute(api: Api, { limits, bridges }: LimitsRouteOptions): void {
  api.get(
    '/api/me/limits',
    {
      config: { access: 'account' },
      schema: {
        operationId: 'getLimits',
        summary: 'How much of your limits is in use',
        tags: ['Account'],
        response: { 200: limitsInUse },
      },
    },
    async ({ user: { id } }): Promise<LimitsInUse> => ({
      requests: await limits.ofUser(id),
      streams: { limit: limits.streams.perUser, running: limits.streams.takenBy(id) },
      sockets: { limit: limits.sockets.perUser, open: limits.sockets.takenBy(id) },
      bridges: await Promise.all(
        (await bridges.list(id)).map(async ({ id: bridgeId, name }) => {
          const { limit, remaining, reset } = await limits.ofBridge(bridgeId);
          return { bridgeId, name, limit, remaining, reset };
        }),
      ),
    }),
  );
}
