import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import type { SettingsStore } from '../../storage/settings-store.ts';

const SETTING = 'external_issuer';

/** What is known of an issuer, so that a relay that starts while it is down goes on verifying its tokens. */
export interface KnownIssuer {
  issuer: string;
  /** `AUTH_JWKS_URL`; undefined = the keys' address was discovered. */
  configuredJwksUrl: string | undefined;
  jwksUrl: string;
  /** Of the endpoints that the web app calls. */
  origins: string[];
  keys: JSONWebKeySet;
}

const stored = z.object({
  issuer: z.string(),
  configuredJwksUrl: z.string().optional(),
  jwksUrl: z.url(),
  origins: z.array(z.string()),
  keys: z.object({
    keys: z.array(z.object({ kty: z.string(), kid: z.string().optional(), n: z.string(), e: z.string() })).min(1),
  }),
});

/** Keeps the last good key set of the configured issuer; another issuer's, or one from another address, is not used. */
export function externalIssuerStore(settings: SettingsStore) {
  return {
    async load(issuer: string, configuredJwksUrl: string | undefined): Promise<KnownIssuer | undefined> {
      const text = await settings.get(SETTING);
      if (text === undefined) return undefined;
      const known = stored.parse(JSON.parse(text));
      const isTheSame = known.issuer === issuer && known.configuredJwksUrl === configuredJwksUrl;
      return isTheSame ? { ...known, configuredJwksUrl } : undefined;
    },

    async save(known: KnownIssuer): Promise<void> {
      await settings.set(SETTING, JSON.stringify(known));
    },
  };
}
