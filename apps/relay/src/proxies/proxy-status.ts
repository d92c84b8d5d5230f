import type { ProxyEnforcement, ProxyStatus } from '@cloudtolocalllm/protocol';
import type { ProxyRow } from '../storage/tables.ts';
import type { ProxyMetrics, ProxyResources } from './proxy-figures.ts';
import type { WholeProxyConfig } from './proxy-limits.ts';

/** A proxy as the API shows it. `now`: milliseconds since 1970. */
export function toProxyStatus(row: ProxyRow, endpoint: string, now: number): ProxyStatus {
  const until = row.ended === null ? now : Date.parse(row.ended);
  // as: only this module's own objects were stored in these columns
  return {
    proxyId: row.id,
    status: row.status,
    uptime: Math.max(0, Math.floor((until - Date.parse(row.created)) / 1000)),
    metrics: JSON.parse(row.metrics) as ProxyMetrics,
    resources: JSON.parse(row.resources) as ProxyResources,
    ...(row.name !== null && { name: row.name }),
    bridgeId: row.bridge_id,
    endpoint,
    driver: row.driver,
    enforcement: JSON.parse(row.enforcement) as ProxyEnforcement,
    config: JSON.parse(row.config) as WholeProxyConfig,
    created: row.created,
    expires: row.expires,
    ...(row.ended !== null && { ended: row.ended }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.detail !== null && { detail: row.detail }),
  };
}
