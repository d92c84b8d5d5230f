import {
  bridgeId,
  bridgeList,
  bridgeLoad,
  bridgeStatus as bridgeStatusSchema,
  orderBridgesRequest,
  registerBridgeRequest,
  registerBridgeResponse,
  type BridgeList,
  updateBridgeRequest,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { User } from '../accounts/rights.ts';
import type { Api } from '../api.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { UserEvents } from '../fabric/user-events.ts';
import { mayReach } from '../keys/restrictions.ts';
import type { Proxies } from '../proxies/proxies.ts';
import type { PublicUrl } from '../public-url.ts';
import type { BridgeQueue } from '../queue/bridge-queue.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { BridgeRow } from '../storage/tables.ts';
import { type BridgePresence, bridgeStatus } from './bridge-directory.ts';
import { orderBridges } from './bridge-order.ts';
import type { BridgeStore } from './bridge-store.ts';
import type { LoadHistory } from './load-history.ts';
import { noSuchBridge } from './no-such-bridge.ts';
import type { SessionTokens } from './session-token.ts';

export interface BridgeRoutesOptions {
  database: Pick<RelayDatabase, 'batch'>;
  events: Pick<UserEvents, 'publish'>;
  bridges: BridgeStore;
  sessionTokens: SessionTokens;
  publicUrl: PublicUrl;
  audit: AuditLog;
  /** Absent: no bridge can be connected. */
  presence?: BridgePresence;
  loads: LoadHistory;
  /** Keeps messages for bridges. */
  queue?: Pick<BridgeQueue, 'removed'>;
  /** Those of a bridge end with it. */
  proxies?: Pick<Proxies, 'revoked'>;
}

const params = z.object({ bridgeId });
const REMOVED = 'Bridge removed; it must be registered again to come back';
const removed = z
  .object({ success: z.literal(true), message: z.string() })
  .meta({ id: 'BridgeRemoved', examples: [{ success: true, message: REMOVED }] });

/** `/api/bridge`: registering, listing, looking at, naming, ordering and removing one's bridges. */
export function bridgeRoutes(api: Api, options: BridgeRoutesOptions): void {
  const { database, bridges, sessionTokens, publicUrl, audit, presence, loads, queue, proxies, events } = options;

  async function listed(user: User): Promise<BridgeList> {
    const rows = (await bridges.list(user.id)).filter(({ id }) => mayReach(user, id));
    return { bridges: rows.map((row) => bridgeStatus(row, presence)) };
  }

  api.post(
    '/api/bridge/register',
    {
      config: { access: 'account', idempotent: 'bridge' },
      schema: {
        operationId: 'registerBridge',
        summary: 'Register a bridge',
        description: 'The same bridge comes back for the same `clientId`, with a new session token.',
        tags: ['Bridges'],
        body: registerBridgeRequest,
        response: { 200: registerBridgeResponse },
      },
    },
    async ({ user, body, ip }) => {
      const before = await bridges.findClient(user.id, body.clientId);
      const bridge = await bridges.register(user.id, body);
      if (before === undefined || describe(before) !== describe(bridge)) {
        const entry = { target: bridge.id, address: ip, note: describe(bridge) };
        await audit.record(user.id, { action: 'bridge_registered', ...entry });
        presence?.update(bridge.id, { name: bridge.name });
        events.publish(user.id, { type: 'bridge', bridgeId: bridge.id });
      }
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
    {
      config: { access: 'bridges:read' },
      schema: {
        operationId: 'listBridges',
        summary: 'List your bridges',
        description: 'In your order: the first one that can, answers.',
        tags: ['Bridges'],
        response: { 200: bridgeList },
      },
    },
    ({ user }) => listed(user),
  );

  api.get(
    '/api/bridge/:bridgeId/status',
    {
      config: { access: 'bridges:read' },
      schema: {
        operationId: 'getBridgeStatus',
        summary: 'How a bridge and its engine are',
        tags: ['Bridges'],
        params,
        response: { 200: bridgeStatusSchema },
      },
    },
    async ({ user, params: { bridgeId: id } }) => {
      const row = mayReach(user, id) ? await bridges.find(user.id, id) : undefined;
      if (row === undefined) throw noSuchBridge(id);
      return bridgeStatus(row, presence);
    },
  );

  api.get(
    '/api/bridge/:bridgeId/load',
    {
      config: { access: 'bridges:read' },
      schema: {
        operationId: 'getBridgeLoad',
        summary: 'The load of a computer over the last hour',
        description: 'One sample at most for each minute; the relay forgets them when it is restarted.',
        tags: ['Bridges'],
        params,
        response: { 200: bridgeLoad },
      },
    },
    async ({ user, params: { bridgeId: id } }) => {
      const row = mayReach(user, id) ? await bridges.find(user.id, id) : undefined;
      if (row === undefined) throw noSuchBridge(id);
      return { samples: loads.of(id) };
    },
  );

  api.patch(
    '/api/bridge/:bridgeId',
    {
      config: { access: 'account' },
      schema: {
        operationId: 'renameBridge',
        summary: 'Name a bridge',
        description: 'Your name stays, whatever the computer calls itself later.',
        tags: ['Bridges'],
        params,
        body: updateBridgeRequest,
        response: { 200: bridgeStatusSchema },
      },
    },
    async ({ user, ip, params: { bridgeId: id }, body: { name } }) => {
      const before = await bridges.find(user.id, id);
      const row = await bridges.rename(user.id, id, name);
      if (row === undefined) throw noSuchBridge(id);
      if (before?.name !== name) {
        presence?.update(id, { name });
        const note = before ? `${before.name} -> ${name}` : name;
        await audit.record(user.id, { action: 'bridge_renamed', target: id, address: ip, note });
        events.publish(user.id, { type: 'bridge', bridgeId: id });
      }
      return bridgeStatus(row, presence);
    },
  );

  api.put(
    '/api/bridge/order',
    {
      config: { access: 'account' },
      schema: {
        operationId: 'orderBridges',
        summary: 'Put your bridges in an order',
        description:
          'The first one that has the model answers. Bridges that are not named come after these, as they were.',
        tags: ['Bridges'],
        body: orderBridgesRequest,
        response: { 200: bridgeList },
      },
    },
    async ({ user, body: { bridgeIds } }) => {
      const moved = await orderBridges({ database, bridges, presence }, user.id, bridgeIds);
      for (const id of moved) events.publish(user.id, { type: 'bridge', bridgeId: id });
      return listed(user);
    },
  );

  api.delete(
    '/api/bridge/:bridgeId',
    {
      config: { access: 'account' },
      schema: {
        operationId: 'removeBridge',
        summary: 'Remove a bridge',
        description: 'Its connection is closed and its session token is worthless.',
        tags: ['Bridges'],
        params,
        response: { 200: removed },
      },
    },
    async ({ user, ip, params: { bridgeId: id } }) => {
      const removedBridge = await bridges.remove(user.id, id);
      if (removedBridge === undefined) throw noSuchBridge(id);
      presence?.drop(id);
      loads.forget(id);
      queue?.removed(id);
      await proxies?.revoked({ bridgeId: id });
      events.publish(user.id, { type: 'bridge_removed', bridgeId: id });
      const entry = { target: id, address: ip, note: describe(removedBridge) };
      await audit.record(user.id, { action: 'bridge_revoked', ...entry });
      return { success: true as const, message: REMOVED };
    },
  );
}

/** What a person knows a bridge by; a renewal that changes nothing of it is not worth an entry. */
function describe({ name, platform, version }: BridgeRow): string {
  return `${name} (${platform}, ${version})`;
}
