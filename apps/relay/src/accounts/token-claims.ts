import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';

/** As long as OpenID Connect allows (Core 1.0, section 2). */
const MAX_SUBJECT_CHARACTERS = 255;
const MAX_NAME_CHARACTERS = 200;
/** As long as an address can be (RFC 5321). */
const MAX_EMAIL_CHARACTERS = 254;

/** What the relay reads of a verified access token. */
export interface TokenClaims {
  userId: string;
  /** Granted scopes and permissions. */
  scopes: readonly string[];
  /** Whole seconds since 1970; 0 when it does not say. */
  issuedAt: number;
  /** Undefined when it says none. */
  name: string | undefined;
  /** Null: it says one that is not verified. Undefined: it says none. */
  email: string | null | undefined;
  /** The program that it was issued to. */
  client: string | undefined;
}

export interface ExpectedToken {
  issuer: string;
  audience: string;
  /** Seconds since 1970. */
  now: number;
  /** Seconds. */
  skew: number;
}

/**
 * Looks at a token that nobody has verified yet, and lets pass what may be good.
 * @throws Error saying what is wrong at first sight.
 */
export function readTokenDraft(token: string, { issuer, audience, now, skew }: ExpectedToken): void {
  const { alg } = decodeProtectedHeader(token);
  if (alg !== 'RS256') throw new Error('Token is not signed with RS256');
  const { iss, aud, sub, exp, nbf } = decodeJwt(token);
  if (iss !== issuer) throw new Error('Token is of another issuer');
  if (aud !== audience && !(Array.isArray(aud) && aud.includes(audience))) {
    throw new Error('Token is for another audience');
  }
  if (!isSubject(sub)) throw new Error(`Token has no subject of 1 to ${MAX_SUBJECT_CHARACTERS} characters`);
  if (typeof exp !== 'number' || exp <= now - skew) throw new Error('Token has expired, or says no time when it does');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now + skew)) throw new Error('Token is not valid yet');
}

/**
 * What a verified token says.
 * @throws Error when its subject can't be one.
 */
export function tokenClaims(payload: JWTPayload): TokenClaims {
  const { sub, iat, scope, scp, permissions, email, azp, client_id: clientId } = payload;
  if (!isSubject(sub)) throw new Error(`Token has no subject of 1 to ${MAX_SUBJECT_CHARACTERS} characters`);
  return {
    userId: sub,
    // `permissions` is Auth0's word with RBAC, `scp` that of others.
    scopes: [...words(scope), ...words(scp), ...words(permissions)],
    issuedAt: typeof iat === 'number' && Number.isSafeInteger(Math.floor(iat)) ? Math.floor(iat) : 0,
    name: nameOf(payload),
    email: email === undefined ? undefined : verifiedEmail(payload),
    client: line(azp, MAX_NAME_CHARACTERS) ?? line(clientId, MAX_NAME_CHARACTERS),
  };
}

function isSubject(sub: unknown): sub is string {
  // Two that are stored as one would be one person: half surrogates become the same character in a database.
  return typeof sub === 'string' && sub !== '' && sub.length <= MAX_SUBJECT_CHARACTERS && sub.isWellFormed();
}

function nameOf({ name, preferred_username: username, email }: JWTPayload): string | undefined {
  for (const claim of [name, username, email]) {
    const text = line(claim, MAX_NAME_CHARACTERS);
    if (text !== undefined) return text;
  }
  return undefined;
}

function verifiedEmail({ email, email_verified: isVerified }: JWTPayload): string | null {
  if (typeof email !== 'string' || email.length > MAX_EMAIL_CHARACTERS) return null;
  // Some issuers send the word.
  return (isVerified === true || isVerified === 'true') && /^\S+@\S+$/.test(email) ? email : null;
}

/** The words of a string or an array of strings. */
function words(claim: unknown): string[] {
  const list: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return list.filter((word): word is string => typeof word === 'string' && word !== '');
}

/** A text on one line, or undefined when it is none. */
function line(claim: unknown, maxLength: number): string | undefined {
  if (typeof claim !== 'string') return undefined;
  const text = claim.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return text === '' ? undefined : text.slice(0, maxLength);
}
