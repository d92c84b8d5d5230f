import type { IncomingMessage } from 'node:http';
import { refusal } from './open-way.ts';
import { proxyInForce } from './outbound.ts';
import { proxyName } from './proxy-settings.ts';

/** The relay gives each of its answers an id; what stands before it has none. */
const RELAYS_OWN_HEADER = 'x-request-id';

/** Why a WebSocket was refused with an HTTP response: the relay's word, or that of something on the way. */
export function refusalReason({ statusCode, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>): string {
  if (headers[RELAYS_OWN_HEADER] !== undefined) return `the relay refused the connection (${statusCode})`;
  return `something on the way to the relay does not let WebSockets through (it answered ${statusCode}): see cloudtolocalllm doctor`;
}

/** Why a WebSocket to this address could not be opened, or broke, for a person. */
export function socketTrouble(error: Error & { code?: string; statusCode?: number }, url: string): string {
  const proxy = proxyInForce(url);
  if (!proxy) return error.message;
  if (error.code === 'ERR_PROXY_TUNNEL') {
    const status = error.statusCode ?? Number(/HTTP\/1\.\d (\d{3})/.exec(error.message)?.[1]);
    return `the proxy ${proxyName(proxy)} ${refusal(status || undefined, new URL(url).host)}`;
  }
  if (error.code === 'ECONNREFUSED') return `the proxy ${proxyName(proxy)} refuses connections`;
  return error.message;
}
