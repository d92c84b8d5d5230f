import type { ProxyStatus } from '@cloudtolocalllm/protocol';
import type { PublicUrl } from '../public-url.ts';
import type { ProxyRow } from '../storage/tables.ts';
import type { Proxies } from './proxies.ts';
import { proxyEndpoint } from './proxy-endpoint.ts';
import { toProxyStatus } from './proxy-status.ts';
import type { ListOptions } from './proxy-store.ts';

export interface ProxyViewsOptions {
  proxies: Pick<Proxies, 'store' | 'running' | 'unstoredEnd'>;
  publicUrl: Pick<PublicUrl, 'origin'>;
  /** Of their endpoints; undefined = paths of the relay's own address. */
  domain: string | undefined;
  /** Milliseconds since 1970. */
  now?: (() => number) | undefined;
}

export type ProxyViews = ReturnType<typeof proxyViews>;

/** People's proxies as the API shows them: those that are alive as they are this moment, others as they were stored. */
export function proxyViews({ proxies, publicUrl, domain, now = Date.now }: ProxyViewsOptions) {
  const endpointOf = (proxyId: string): string => proxyEndpoint(publicUrl, domain, proxyId);

  /** Its row with the figures of this moment. */
  async function current(row: ProxyRow): Promise<ProxyStatus> {
    const proxy = row.status === 'running' ? proxies.running(row.user_id, row.id) : undefined;
    await proxy?.measure();
    const changes = row.status === 'running' ? (proxy?.figures ?? (await endOf(row))) : {};
    return toProxyStatus({ ...row, ...changes }, endpointOf(row.id), now());
  }

  /** Of one that runs no more, though its row says so: it was read just before, or the end could not be stored. */
  async function endOf({ user_id: userId, id }: ProxyRow): Promise<Partial<ProxyRow> | undefined> {
    return proxies.unstoredEnd(id) ?? (await proxies.store.find(userId, id));
  }

  return {
    endpointOf,

    /** Undefined when this user has no such proxy. */
    async status(userId: string, proxyId: string): Promise<ProxyStatus | undefined> {
      const row = await proxies.store.find(userId, proxyId);
      return row && current(row);
    },

    /** Those that run, then those that have ended, the newest first. */
    async list(userId: string, options: ListOptions): Promise<{ proxies: ProxyStatus[]; total: number }> {
      const { rows, total } = await proxies.store.list(userId, options);
      return { proxies: await Promise.all(rows.map(current)), total };
    },
  };
}
