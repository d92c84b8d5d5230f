import { jwtVerify, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { RelayError } from '../errors.ts';
import { readTokenDraft, type TokenClaims, tokenClaims } from './token-claims.ts';

/** Far above any real access token; whatever is longer isn't even parsed. */
export const MAX_TOKEN_BYTES = 8 * 1024;
/** Verified tokens remembered: some megabytes, more than the people who use one relay at a time. */
const MAX_CACHED = 5_000;
/** So long a token is believed without a look at its key: the issuer may have withdrawn it. */
const MAX_REMEMBERED_MS = 10 * 60 * 1000;
/** Clocks of the issuer and the relay differ by less. */
const CLOCK_SKEW_SECONDS = 5;

/** Who issues access tokens: the embedded issuer, or any other whose keys can be had. */
export interface TrustedIssuer {
  /** Expected `iss`. */
  readonly url: string;
  /** May throw RelayError sign_in_unavailable; any other error means that the token is bad. */
  readonly keys: JWTVerifyGetKey;
  /** Grows when keys are no longer trusted: what was verified before is verified again. Absent: that never happens. */
  readonly revision?: number;
  /** How many keys to verify tokens with are at hand; 0 = no token can be verified. */
  keyCount(): Promise<number>;
  /** More origins that a browser calls to sign a person in. Absent: none but the relay's own. */
  readonly origins?: readonly string[];
}

export interface VerifiedToken extends TokenClaims {
  expires: Date;
}

export interface TokenVerifier {
  /**
   * The same object for the same token as long as it is remembered.
   * @throws RelayError unauthorized, whatever is wrong with the token (the cause says what); sign_in_unavailable when
   *   the issuer's keys can't be had.
   */
  verify(token: string): Promise<VerifiedToken>;
  /** Verifies this person's tokens again when they come next. */
  forget(userId: string): void;
}

export interface TokenVerifierOptions {
  issuer: TrustedIssuer;
  audience: string;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Verifies RS256 access tokens and remembers verified ones for a while: every request brings one. */
export function tokenVerifier({ issuer, audience, now = Date.now }: TokenVerifierOptions): TokenVerifier {
  const remembered = new LRUCache<string, { verified: VerifiedToken; until: number }>({ max: MAX_CACHED });
  let revision = issuer.revision;

  function recall(token: string): VerifiedToken | undefined {
    if (revision !== issuer.revision) remembered.clear();
    revision = issuer.revision;
    const known = remembered.get(token);
    if (known !== undefined && known.until > now()) return known.verified;
    remembered.delete(token);
    return undefined;
  }

  async function check(token: string): Promise<VerifiedToken> {
    const time = { now: Math.floor(now() / 1000), skew: CLOCK_SKEW_SECONDS };
    // What is wrong at first sight costs neither a signature's check nor a question to the issuer.
    readTokenDraft(token, { issuer: issuer.url, audience, ...time });
    const { payload } = await jwtVerify(token, issuer.keys, {
      algorithms: ['RS256'],
      issuer: issuer.url,
      audience,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(now()),
    });
    const { exp = 0 } = payload; // required above
    return { ...tokenClaims(payload), expires: new Date(exp * 1000) };
  }

  return {
    async verify(token) {
      const known = recall(token);
      if (known !== undefined) return known;
      if (token.length > MAX_TOKEN_BYTES)
        throw invalidToken(new Error(`Token is longer than ${MAX_TOKEN_BYTES} bytes`));
      const verified = await check(token).catch((cause: unknown) => {
        throw cause instanceof RelayError ? cause : invalidToken(cause);
      });
      // Another request may have verified it meanwhile: all get the same object.
      const other = recall(token);
      if (other !== undefined) return other;
      remembered.set(token, { verified, until: Math.min(verified.expires.getTime(), now() + MAX_REMEMBERED_MS) });
      return verified;
    },

    forget(userId) {
      for (const [token, { verified }] of remembered.entries()) {
        if (verified.userId === userId) remembered.delete(token);
      }
    },
  };
}

/** The one answer to every bad token: why it is bad helps only those who forge them. */
export function invalidToken(cause?: unknown): RelayError {
  return new RelayError('unauthorized', 'Invalid or expired token', { cause });
}
