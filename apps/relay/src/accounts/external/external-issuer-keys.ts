import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { fetchFromIssuer } from './external-issuer-fetch.ts';

/** An issuer has one key or two, and some for other purposes. */
const MAX_KEYS = 100;

/** A key may be for anything; what else it says is not kept. */
const anyKey = z.object({
  kty: z.string(),
  kid: z.string().optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
  n: z.string().optional(),
  e: z.string().optional(),
});

const keySet = z
  .object({ keys: z.array(anyKey).max(MAX_KEYS) })
  .transform(({ keys }) => keys.filter(isForAccessTokens).map(({ kty, kid, n, e }) => ({ kty, kid, n, e })));

/**
 * Reads an issuer's key set and takes its public RSA keys for signatures.
 * @throws Error when it can't be had, is no key set, or none of its keys is one for RS256.
 */
export async function fetchKeySet(url: string, signal: AbortSignal): Promise<JSONWebKeySet> {
  const headers = { accept: 'application/json, application/jwk-set+json' };
  const response = await fetchFromIssuer(url, { signal, headers });
  const document: unknown = await response.json().catch(() => undefined);
  const { success, data: keys = [] } = keySet.safeParse(document);
  if (!success) throw new Error(`${url} did not answer with a set of keys`);
  if (keys.length === 0) throw new Error(`${url} names no key for RS256: set the API's signing algorithm to RS256`);
  return { keys };
}

function isForAccessTokens({ kty, alg, use, key_ops: operations, n, e }: z.infer<typeof anyKey>): boolean {
  return (
    kty === 'RSA' &&
    n !== undefined &&
    e !== undefined &&
    (alg === undefined || alg === 'RS256') &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || operations.includes('verify'))
  );
}
