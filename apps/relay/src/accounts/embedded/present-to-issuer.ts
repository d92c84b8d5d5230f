import type { FastifyRequest } from 'fastify';
import type { PublicUrl } from '../../public-url.ts';

/**
 * Says to the issuer, as its own proxy, by which address it is known and where a request comes from. Whatever the
 * request itself says of that is overwritten: absolute addresses are made from PUBLIC_URL alone.
 */
export function presentToIssuer({ raw, ip }: FastifyRequest, { origin }: PublicUrl): void {
  const { protocol, host } = new URL(origin);
  raw.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  raw.headers['x-forwarded-host'] = host;
  raw.headers['x-forwarded-for'] = ip;
}
