import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/**
 * What tells one request from another: SHA-256 of method, address, caller and body, base64url. Of a body that is passed
 * on as it comes, its type and length stand for it.
 */
export function requestHash({ method, url, user, headers, body }: FastifyRequest): string {
  const hash = createHash('sha256').update(JSON.stringify([method, url, user.key?.id ?? null]));
  if (Buffer.isBuffer(body)) hash.update(headers['content-type'] ?? '').update(body);
  else if (isStream(body)) hash.update(`${headers['content-type'] ?? ''} ${headers['content-length'] ?? ''}`);
  else hash.update(JSON.stringify(body) ?? '');
  return hash.digest('base64url');
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'pipe' in body;
}
