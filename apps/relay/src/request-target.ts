import type { IncomingMessage } from 'node:http';

const ORIGIN = /^https?:\/\/[^/?]*/i;

/**
 * Path and query of a request, for fastify's `rewriteUrl`. RFC 9112, 3.2.2: a server takes targets with an origin in
 * front as well; whose origin that is says the client, so nothing may be made of it. Other schemes are no paths of ours.
 */
export function originForm({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  if (url.startsWith('/')) return url;
  const rest = url.replace(ORIGIN, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}
