import type { FastifyRequest } from 'fastify';
import { RelayError } from '../errors.ts';
import { invalidToken, MAX_TOKEN_BYTES, type TokenVerifier } from './token-verifier.ts';

/** The person in whose name a request is made. */
export interface User {
  id: string;
  /** Without any of ours, an OIDC token has its user's full rights. */
  scopes: readonly string[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route behind `authenticate`. */
    user: User;
  }
}

const BEARER = /^bearer +([\w.~+/=-]+)$/i;

/**
 * An `onRequest` hook: lets only requests with a valid access token through and says whose they are.
 * Throws RelayError unauthorized otherwise.
 */
export function authenticate(tokens: TokenVerifier): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { userId: id, scopes } = await tokens.verify(bearerToken(request.headers.authorization));
    request.user = { id, scopes };
  };
}

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
