import type { FastifyRequest } from 'fastify';
import type { PublicUrl } from '../../public-url.ts';

/** Whether a form was sent by a page of our own: no other site may sign a browser in or change a password. */
export function isSameOrigin({ headers }: FastifyRequest, { origin }: PublicUrl): boolean {
  // Browsers leave the first out on plain http, and say "null" as origin where no referrer may be sent.
  const site = headers['sec-fetch-site'];
  return site === undefined ? headers.origin === origin : site === 'same-origin';
}
