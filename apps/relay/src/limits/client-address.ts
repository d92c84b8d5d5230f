import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import type { Config } from '../config.ts';

/** Whether the proxy at this address, `index` steps away from us, is believed. */
export type TrustProxy = (address: string, index: number) => boolean;

/**
 * For fastify's `trustProxy`, which takes no number: that many proxies stand in front, or they have these addresses;
 * undefined = none.
 */
export function trustedProxies(trustProxy: Config['trustProxy']): TrustProxy | undefined {
  if (trustProxy === undefined || trustProxy === 0) return undefined;
  return typeof trustProxy === 'number' ? (_address, index) => index < trustProxy : proxyAddr.compile([...trustProxy]);
}

/**
 * Where a request comes from: what a trusted proxy says in X-Forwarded-For, as far as that is an address, else its
 * socket's other end.
 */
export function clientAddress(request: IncomingMessage, trusted: TrustProxy | undefined): string {
  const peer = request.socket.remoteAddress ?? '';
  if (trusted === undefined || request.headers['x-forwarded-for'] === undefined) return peer;
  const address = proxyAddr.all(request, trusted).at(-1) ?? '';
  return isIP(address) === 0 ? peer : address;
}
