import { jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { RelayError } from '../errors.ts';

/** Far above any real access token; whatever is longer isn't even parsed. */
export const MAX_TOKEN_BYTES = 8 * 1024;
/** Verified tokens remembered: some megabytes, more than the people who use one relay at a time. */
const MAX_CACHED = 5_000;
/** Clocks of the issuer and the relay differ by less. */
const CLOCK_SKEW_SECONDS = 5;

/** Who issues access tokens: the embedded issuer, or any other whose keys can be had. */
export interface TrustedIssuer {
  /** Expected `iss`. */
  readonly url: string;
  readonly keys: JWTVerifyGetKey;
}

export interface VerifiedToken {
  userId: string;
  scopes: readonly string[];
  expires: Date;
}

export interface TokenVerifier {
  /** @throws RelayError unauthorized, whatever is wrong with the token; the cause says what. */
  verify(token: string): Promise<VerifiedToken>;
}

export interface TokenVerifierOptions {
  issuer: TrustedIssuer;
  audience: string;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Verifies RS256 access tokens and remembers verified ones until they expire: every request brings one. */
export function tokenVerifier({ issuer, audience, now = Date.now }: TokenVerifierOptions): TokenVerifier {
  const verified = new LRUCache<string, VerifiedToken>({ max: MAX_CACHED });

  return {
    async verify(token) {
      const known = verified.get(token);
      if (known !== undefined && known.expires.getTime() > now()) return known;
      verified.delete(token);
      if (token.length > MAX_TOKEN_BYTES)
        throw invalidToken(new Error(`Token is longer than ${MAX_TOKEN_BYTES} bytes`));
      const { payload } = await jwtVerify(token, issuer.keys, {
        algorithms: ['RS256'],
        issuer: issuer.url,
        audience,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(now()),
      }).catch((cause: unknown) => {
        throw invalidToken(cause);
      });
      const fresh = toVerifiedToken(payload);
      verified.set(token, fresh);
      return fresh;
    },
  };
}

/** The one answer to every bad token: why it is bad helps only those who forge them. */
export function invalidToken(cause?: unknown): RelayError {
  return new RelayError('unauthorized', 'Invalid or expired token', { cause });
}

function toVerifiedToken({ sub, scope, exp }: JWTPayload): VerifiedToken {
  if (sub === undefined || sub === '' || exp === undefined)
    throw invalidToken(new Error('Token has no subject or expiry'));
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : [];
  return { userId: sub, scopes, expires: new Date(exp * 1000) };
}
