import type { IncomingMessage } from 'node:http';
import { originForm } from '../request-target.ts';

/** Hosts of proxies begin so; others below the same domain (app., www.) are whatever they are. */
const LABEL_PREFIX = 'proxy-';
const LABEL = /^[a-z0-9-]{1,63}$/;
/** No proxy is called so: its requests are refused as those for any unknown one. */
const UNKNOWN = 'proxy-unknown';

/** The proxy that a Host header means, if it means one at all. Its case, a port and a dot at its end are of no matter. */
export function proxyOfHost(host: string | undefined, domain: string | undefined): string | undefined {
  if (host === undefined || domain === undefined) return undefined;
  const name = host.trim().toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  if (!name.startsWith(LABEL_PREFIX) || !name.endsWith(`.${domain}`)) return undefined;
  const label = name.slice(0, -domain.length - 1);
  return LABEL.test(label) ? label : UNKNOWN;
}

/**
 * Path and query of a request, for fastify's `rewriteUrl` and for upgrades: on the host of a proxy everything is below
 * that proxy's path, so that nothing else of the relay is there.
 */
export function routedPath(request: Pick<IncomingMessage, 'url' | 'headers'>, domain: string | undefined): string {
  const path = originForm(request);
  const proxyId = proxyOfHost(request.headers.host, domain);
  return proxyId === undefined ? path : `/proxy/${proxyId}${path}`;
}
