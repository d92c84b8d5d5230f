import { readFileSync } from 'node:fs';
import type { CreateProxyResponse } from '../../packages/protocol/src/api/proxies.ts';
import type { Target } from './http-client.ts';

/** Makes a proxy in front of the one bridge. Throws unless the relay says yes. */
export async function createProxy(relay: Target, config: object): Promise<CreateProxyResponse> {
  const { bridges } = (await call(relay, 'GET', '/api/bridge')) as { bridges: { bridgeId: string }[] }; // our own API
  const bridgeId = bridges[0]?.bridgeId;
  return (await call(relay, 'POST', '/api/streaming/proxy/create', { bridgeId, config })) as CreateProxyResponse; // as above
}

export async function endProxy(relay: Target, proxyId: string): Promise<void> {
  await call(relay, 'DELETE', `/api/streaming/proxy/${proxyId}`);
}

/** Pids of the processes of proxies that a relay has started, waiting ones too. */
export function workersOf(relayPid: number): number[] {
  return readFileSync(`/proc/${relayPid}/task/${relayPid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
}

async function call({ origin, headers }: Target, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(origin + path, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
