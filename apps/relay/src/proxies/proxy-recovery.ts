import type { ProxyStore } from './proxy-store.ts';

/** So long the history of a person's proxies is kept. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
export const PROXY_SWEEP_MS = 10 * 60 * 1000;

/**
 * Ends what an earlier relay left running: proxies don't outlive their relay. Returns how many there were. `now`:
 * milliseconds since 1970.
 */
export async function recoverProxies(store: ProxyStore, now: number): Promise<number> {
  let count = 0;
  for (;;) {
    const rows = await store.leftRunning();
    if (rows.length === 0) return count;
    count += rows.length;
    for (const { id, user_id: userId, expires, metrics, resources } of rows) {
      // When its relay died nobody knows; it did not live longer than it might.
      const ended = new Date(Math.min(now, Date.parse(expires))).toISOString();
      const end = { status: 'terminated', ended, reason: 'relay_stopped', detail: null } as const;
      await store.end(userId, id, { ...end, resources, metrics: withoutRunning(metrics) });
    }
  }
}

/** Forgets proxies that ended long ago. */
export function sweepProxies(store: ProxyStore, now: number): Promise<void> {
  return store.sweep(new Date(now - KEPT_MS));
}

function withoutRunning(metrics: string): string {
  // as: only figures were stored in this column
  return JSON.stringify({ ...(JSON.parse(metrics) as object), running: 0 });
}
