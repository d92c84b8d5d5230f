import {
  createProxyRequest,
  createProxyResponse,
  proxyDeleted,
  proxyId,
  proxyList,
  proxyQuery,
  proxyStatus,
  type ProxyStatus,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { noSuchBridge } from '../bridges/no-such-bridge.ts';
import { RelayError } from '../errors.ts';
import { mayReach } from '../keys/restrictions.ts';
import type { Proxies } from './proxies.ts';
import type { ProxyViews } from './proxy-views.ts';

export interface ProxyRoutesOptions {
  proxies: Proxies;
  proxyViews: ProxyViews;
}

const params = z.object({ proxyId });
const DELETED = 'Proxy terminated and resources cleaned up';
const config = { access: 'proxies' } as const;

/** `/api/streaming/proxy`: making, listing, looking at and ending one's proxies. */
export function proxyRoutes(api: Api, { proxies, proxyViews: views }: ProxyRoutesOptions): void {
  api.post(
    '/api/streaming/proxy/create',
    {
      config: { ...config, idempotent: 'proxy' },
      schema: {
        operationId: 'createProxy',
        summary: 'Make a streaming proxy',
        description:
          'A way to one of your computers for one session, script or friend: with an address, a token and limits of its ' +
          'own. It ends by itself. Its token is shown this once.',
        tags: ['Streaming proxies'],
        body: createProxyRequest,
        response: { 200: createProxyResponse },
      },
    },
    async ({ user, body, ip, raw, resourceId, isRetry }, reply) => {
      if (body.userId !== undefined && body.userId !== user.id) {
        throw new RelayError('forbidden', 'A proxy can only be made for yourself: leave userId out, or send your own.');
      }
      if (!mayReach(user, body.bridgeId)) throw noSuchBridge(body.bridgeId);
      // One that an earlier try made is worth nothing: nobody was told its token.
      if (isRetry && resourceId !== undefined) await proxies.discard(user.id, resourceId, ip);
      const { proxy, token } = await proxies.create({
        userId: user.id,
        bridgeId: body.bridgeId,
        key: user.key && { id: user.key.id, expires: user.key.expires, models: user.key.models },
        name: body.name,
        config: body.config,
        address: ip,
        id: resourceId,
        isGone: () => raw.socket.destroyed || reply.raw.destroyed,
      });
      const { id, expires } = proxy.identity;
      reply.header('cache-control', 'no-store');
      return {
        success: true as const,
        proxyId: id,
        endpoint: views.endpointOf(id),
        credentials: { token, expires: new Date(expires).toISOString() },
      };
    },
  );

  api.get(
    '/api/streaming/proxy',
    {
      config,
      schema: {
        operationId: 'listProxies',
        summary: 'List your streaming proxies',
        description: 'Those that run, then those that have ended within 30 days; the newest first.',
        tags: ['Streaming proxies'],
        querystring: proxyQuery,
        response: { 200: proxyList },
      },
    },
    async ({ user, query }) => {
      const { proxies: listed, total } = await views.list(user.id, { ...query, bridges: user.key?.bridges });
      return { proxies: listed, total, hasMore: query.offset + listed.length < total };
    },
  );

  api.get(
    '/api/streaming/proxy/:proxyId/status',
    {
      config,
      schema: {
        operationId: 'getProxyStatus',
        summary: 'How a streaming proxy is',
        description:
          'What it has done and what it uses, measured in its process; of one that has ended, the last of it.',
        tags: ['Streaming proxies'],
        params,
        response: { 200: proxyStatus },
      },
    },
    async ({ user, params: { proxyId: id } }) => required(id, await views.status(user.id, id), user),
  );

  api.delete(
    '/api/streaming/proxy/:proxyId',
    {
      config,
      schema: {
        operationId: 'deleteProxy',
        summary: 'End a streaming proxy',
        description: 'Its token is worthless at once, and what it is answering breaks off. Its figures are kept.',
        tags: ['Streaming proxies'],
        params,
        response: { 200: proxyDeleted },
      },
    },
    async ({ user, ip, params: { proxyId: id } }) => {
      // As it is stored: its figures of this moment are not waited for.
      const row = await proxies.store.find(user.id, id);
      required(id, row && { bridgeId: row.bridge_id }, user);
      // One that has ended is what it should be.
      await proxies.end(user.id, id, ip);
      return { success: true as const, message: DELETED };
    },
  );
}

/** Also for another user's, and for one that the key does not reach: whether it exists is nobody else's business. */
function required<Proxy extends Pick<ProxyStatus, 'bridgeId'>>(
  id: string,
  proxy: Proxy | undefined,
  user: Parameters<typeof mayReach>[0],
): Proxy {
  if (proxy === undefined || !mayReach(user, proxy.bridgeId)) {
    throw new RelayError('not_found', `You have no proxy "${id}"`);
  }
  return proxy;
}
