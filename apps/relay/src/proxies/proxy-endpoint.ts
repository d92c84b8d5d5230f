import type { PublicUrl } from '../public-url.ts';

/**
 * The address of a proxy: a host of its own below the domain for proxies, or a path of the relay's own address. Made of
 * that address alone, never of what a request says.
 */
export function proxyEndpoint(
  { origin }: Pick<PublicUrl, 'origin'>,
  domain: string | undefined,
  proxyId: string,
): string {
  if (domain === undefined) return `${origin}/proxy/${proxyId}`;
  const { protocol, port } = new URL(origin);
  return `${protocol}//${proxyId}.${domain}${port === '' ? '' : `:${port}`}`;
}
