import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import type { SettingsStore } from '../../storage/settings-store.ts';

export interface IssuerKeys {
  /** RSA private keys for RS256. */
  signing: { keys: JWK[] };
  /** What everybody may know of them. */
  verifying: JSONWebKeySet;
  /** For signing the issuer's cookies. */
  cookies: string[];
}

/** The embedded issuer's keys, made on first start and kept: a restart signs nobody out. */
export async function loadIssuerKeys(settings: SettingsStore): Promise<IssuerKeys> {
  const signing = JSON.parse(await settings.getOrCreate('oidc_signing_keys', makeSigningKeys)) as { keys: JWK[] };
  const cookies = JSON.parse(await settings.getOrCreate('oidc_cookie_keys', makeCookieKeys)) as string[];
  return { signing, verifying: { keys: signing.keys.map(toPublic) }, cookies };
}

async function makeSigningKeys(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' };
  return JSON.stringify({ keys: [key] });
}

function makeCookieKeys(): string {
  return JSON.stringify([randomBytes(32).toString('base64url')]);
}

function toPublic({ kty, kid, alg, use, n, e }: JWK): JWK {
  return { kty: kty ?? 'RSA', kid, alg, use, n, e };
}
