import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const PROXY_TOKEN_PREFIX = 'c2p_';
const SECRET_BYTES = 32;

/** A new proxy's token, to be shown once. */
export function newProxyToken(): string {
  return `${PROXY_TOKEN_PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** What is kept of a token: SHA-256. A plain hash does: nobody can guess 256 random bits. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Stands in for the hash of a proxy that does not exist, so that asking for one takes as long as for another. */
const NO_TOKEN = Buffer.alloc(32);

/** Whether this is the token of the hash; undefined: of no proxy. Takes the same time whatever it is. */
export function isTokenOf(hash: Buffer | undefined, token: string): boolean {
  return timingSafeEqual(hashOfToken(token), hash ?? NO_TOKEN) && hash !== undefined;
}
