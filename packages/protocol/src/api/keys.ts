import { z } from 'zod';
import { bridgeId, EXAMPLE_UUID, keyId } from '../ids.ts';
import { scope } from './auth.ts';

/** Every API key begins with it, so that a leaked one is recognised for what it is. */
export const API_KEY_PREFIX = 'c2l_';

const exampleKey = {
  id: `key-${EXAMPLE_UUID}`,
  name: 'Editor on my laptop',
  hint: `${API_KEY_PREFIX}Zm9v`,
  scopes: ['inference', 'bridges:read'],
  models: ['llama3.2:1b'],
  created: '2025-06-20T16:00:00.000Z',
  expires: '2026-06-20T16:00:00.000Z',
  lastUsed: null,
};

/** An API key as its owner sees it later: the secret itself is shown once, when it is created. */
export const apiKey = z
  .object({
    id: keyId,
    name: z.string(),
    hint: z.string().meta({ description: 'How the secret begins, to tell keys apart.' }),
    scopes: z.array(scope),
    bridges: z.array(bridgeId).optional().meta({ description: 'The only bridges it may reach; absent = all.' }),
    models: z.array(z.string()).optional().meta({ description: 'The only models it may use; absent = all.' }),
    created: z.iso.datetime(),
    expires: z.iso.datetime().nullable().meta({ description: 'Null = never.' }),
    lastUsed: z.iso.datetime().nullable().meta({ description: 'Null = not yet; to the minute.' }),
  })
  .meta({ id: 'ApiKey', examples: [exampleKey] });
export type ApiKey = z.infer<typeof apiKey>;

/** `POST /api/keys`. */
export const createKeyRequest = z
  .object({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(scope).min(1).max(16),
    expires: z.iso.datetime({ offset: true }).optional().meta({ description: 'When it ends; absent = never.' }),
    bridges: z.array(bridgeId).min(1).max(100).optional(),
    models: z.array(z.string().trim().min(1).max(200)).min(1).max(100).optional(),
  })
  .meta({
    id: 'CreateKeyRequest',
    examples: [{ name: exampleKey.name, scopes: exampleKey.scopes, models: exampleKey.models }],
  });
export type CreateKeyRequest = z.input<typeof createKeyRequest>;

/** `secret` is shown this once. */
export const createKeyResponse = z.object({ success: z.literal(true), key: apiKey, secret: z.string() }).meta({
  id: 'CreateKeyResponse',
  examples: [{ success: true, key: exampleKey, secret: `${API_KEY_PREFIX}the-rest-of-the-secret` }],
});
export type CreateKeyResponse = z.infer<typeof createKeyResponse>;

/** `GET /api/keys`. */
export const keyList = z.object({ keys: z.array(apiKey) }).meta({ id: 'KeyList', examples: [{ keys: [exampleKey] }] });
export type KeyList = z.infer<typeof keyList>;
