import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ProxyStatus } from '@cloudtolocalllm/sdk';
import type { ProxyTrack } from '../../lib/proxy-history.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';

const PAGE_SIZE = 50;
/** While nothing goes through a proxy nobody tells how much memory it uses: it is asked for. */
const REFRESH_MS = 20_000;

/** All proxies: those that were asked for, as they are told of since. */
export function useProxies() {
  const { client, proxyHistory } = useServices();
  const tracks = useStore(proxyHistory);
  const query = useInfiniteQuery({
    queryKey: ['proxies', 'list'],
    queryFn: async ({ pageParam, signal }) => {
      const list = await client.proxies.list({ limit: PAGE_SIZE, offset: pageParam, signal });
      for (const proxy of list.proxies) {
        if (proxy.status === 'running' || proxyHistory.get().has(proxy.proxyId)) proxyHistory.add(proxy);
      }
      return list;
    },
    initialPageParam: 0,
    getNextPageParam: (last, pages) =>
      last.hasMore ? pages.reduce((sum, page) => sum + page.proxies.length, 0) : undefined,
    staleTime: 0,
  });
  const all = new Map<string, ProxyStatus>();
  for (const page of query.data?.pages ?? []) for (const proxy of page.proxies) all.set(proxy.proxyId, proxy);
  for (const { status } of tracks.values()) all.set(status.proxyId, status);
  const proxies = [...all.values()];
  return {
    query: { ...query, data: query.data && proxies },
    running: proxies.filter(({ status }) => status === 'running').toSorted(byNewest('created')),
    ended: proxies.filter(({ status }) => status !== 'running').toSorted(byNewest('ended')),
  };
}

const byNewest = (field: 'created' | 'ended') => (one: ProxyStatus, other: ProxyStatus) =>
  (other[field] ?? '').localeCompare(one[field] ?? '');

/** One proxy and its figures so far. */
export function useProxy(proxyId: string) {
  const { client, proxyHistory } = useServices();
  const track = useStore(proxyHistory, (tracks) => tracks.get(proxyId));
  const query = useQuery({
    queryKey: ['proxies', proxyId],
    queryFn: async ({ signal }) => {
      const status = await client.proxies.status(proxyId, { signal });
      proxyHistory.add(status);
      return status;
    },
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data?.status === 'running' && track?.status.ended === undefined ? REFRESH_MS : false,
  });
  const data: ProxyTrack | undefined = track ?? (query.data && { status: query.data, samples: [] });
  return { ...query, data };
}
