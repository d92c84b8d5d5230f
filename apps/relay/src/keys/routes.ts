import {
  apiError,
  createKeyRequest,
  createKeyResponse,
  type CreateKeyRequest,
  keyId,
  keyList,
  SCOPES,
} from '@cloudtolocalllm/protocol';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api } from '../api.ts';
import type { BridgeStore } from '../bridges/bridge-store.ts';
import { RelayError } from '../errors.ts';
import type { Proxies } from '../proxies/proxies.ts';
import type { ActiveKeys } from './active-keys.ts';
import { type KeyStore, MAX_KEYS } from './key-store.ts';

export interface KeyRoutesOptions {
  keys: KeyStore;
  activeKeys: ActiveKeys;
  bridges: BridgeStore;
  /** Those that were made with a key end with it. */
  proxies: Pick<Proxies, 'revoked'>;
}

const params = z.object({ keyId });
const REVOKED = 'API key revoked; programs that use it are refused from now on';
const revoked = z
  .object({ success: z.literal(true), message: z.string() })
  .meta({ id: 'KeyRevoked', examples: [{ success: true, message: REVOKED }] });
// A person's right: a key must not make keys that outlive it.
const config = { access: 'account' } as const;

/** Holds the requests that come with API keys, so that they end with their key. Registered behind the guard. */
export function watchKeys(api: Api, activeKeys: ActiveKeys): void {
  // Public routes have no user, whatever the type says.
  api.addHook('onRequest', async ({ user }: Partial<FastifyRequest>, { raw }) => {
    if (user?.key !== undefined) activeKeys.hold(user.key.id, raw);
  });
}

/** `/api/keys`: making, listing and revoking one's API keys. */
export function keyRoutes(api: Api, { keys, activeKeys, bridges, proxies }: KeyRoutesOptions): void {
  api.post(
    '/api/keys',
    {
      config: { ...config, idempotent: 'key' },
      schema: {
        operationId: 'createKey',
        summary: 'Make an API key',
        description: 'For a program. Its secret is shown this once.',
        tags: ['API keys'],
        body: createKeyRequest,
        response: { 200: createKeyResponse, 409: apiError },
      },
    },
    async ({ user, body, ip, resourceId, isRetry }, reply) => {
      const details = { ...expiryProblems(body), ...(await bridgeProblems(user.id, body)) };
      const [[field, problem] = []] = Object.entries(details);
      if (field !== undefined) {
        throw new RelayError('validation_failed', `The request's body is not valid: ${field}: ${problem}`, { details });
      }
      const draft = {
        name: body.name,
        scopes: SCOPES.filter((scope) => body.scopes.includes(scope)),
        expires: body.expires === undefined ? undefined : new Date(body.expires),
        bridges: body.bridges && [...new Set(body.bridges)],
        models: body.models && [...new Set(body.models)],
      };
      // One that an earlier try made is worth nothing: nobody was told its secret.
      if (isRetry && resourceId !== undefined) await keys.revoke(user.id, resourceId, ip);
      const made = await keys.create(user.id, draft, ip, resourceId);
      if (made === undefined) {
        throw new RelayError('conflict', `You have ${MAX_KEYS} API keys already: revoke one that you no longer use.`);
      }
      reply.header('cache-control', 'no-store');
      return { success: true as const, ...made };
    },
  );

  const listing = {
    operationId: 'listKeys',
    summary: 'List your API keys',
    tags: ['API keys'],
    response: { 200: keyList },
  };
  api.get('/api/keys', { config, schema: listing }, async ({ user }) => ({ keys: await keys.list(user.id) }));

  const revoking = {
    operationId: 'revokeKey',
    summary: 'Revoke an API key',
    description: 'No request passes with it any more, and those that are being answered break off.',
    tags: ['API keys'],
    params,
    response: { 200: revoked },
  };
  api.delete('/api/keys/:keyId', { config, schema: revoking }, async (request) => {
    const { keyId: id } = request.params;
    // Also for another user's: whether it exists is nobody else's business.
    if (!(await keys.revoke(request.user.id, id, request.ip))) {
      throw new RelayError('not_found', `You have no API key "${id}"`);
    }
    activeKeys.revoke(id);
    await proxies.revoked({ keyId: id });
    return { success: true as const, message: REVOKED };
  });

  async function bridgeProblems(userId: string, { bridges: named }: CreateKeyRequest): Promise<Record<string, string>> {
    if (named === undefined) return {};
    const owned = new Set((await bridges.list(userId)).map(({ id }) => id));
    const strangers = [...named.entries()].filter(([, id]) => !owned.has(id));
    return Object.fromEntries(strangers.map(([index]) => [`bridges.${index}`, 'is none of your bridges']));
  }
}

function expiryProblems({ expires }: CreateKeyRequest): Record<string, string> {
  // Not `<=`: a date that does not exist is not in the future either.
  return expires === undefined || Date.parse(expires) > Date.now() ? {} : { expires: 'must be in the future' };
}
