import type { IncomingHttpHeaders } from 'node:http';
import { RelayError } from '../errors.ts';
import { invalidToken, MAX_TOKEN_BYTES } from './token-verifier.ts';
import type { User } from './rights.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that is not public. */
    user: User;
  }
}

/** Turns an access token or an API key into its user. */
export interface Authenticator {
  /**
   * `address` is where it comes from, for the audit log.
   * @throws RelayError unauthorized, forbidden (the relay does not let this person in), sign_in_unavailable.
   */
  authenticate(token: string, address?: string): Promise<User>;
}

/** As clients of Anthropic send their key; their `Authorization` says more when there are both. */
const KEY_HEADER = 'x-api-key';
const TOKEN = /^[\w.~+/=-]+$/;
const BEARER = /^bearer +([\w.~+/=-]+)$/i;

/**
 * The token of an `Authorization` header (RFC 6750).
 * @throws RelayError unauthorized when there is none or it can't be one; too long ones aren't looked at.
 */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new RelayError('unauthorized', 'Missing access token: send it as "Authorization: Bearer …"');
  }
  if (authorization.length > MAX_TOKEN_BYTES) throw invalidToken();
  const [, token] = BEARER.exec(authorization) ?? [];
  if (token === undefined) throw invalidToken();
  return token;
}

/**
 * The token of a request that speaks an engine's API: of its `Authorization`, else of its `x-api-key`.
 * @throws RelayError unauthorized
 */
export function engineApiToken({ authorization, [KEY_HEADER]: key }: IncomingHttpHeaders): string {
  if (authorization !== undefined || key === undefined) return bearerToken(authorization);
  if (typeof key !== 'string' || key.length > MAX_TOKEN_BYTES || !TOKEN.test(key)) throw invalidToken();
  return key;
}
