import { z } from 'zod';
import { bridgeId, keyId } from '../ids.ts';
import { scope } from './auth.ts';

/** Every API key begins with it, so that a leaked one is recognised for what it is. */
export const API_KEY_PREFIX = 'c2l_';

/** An API key as its owner sees it later: the secret itself is shown once, when it is created. */
export const apiKey = z.object({
  id: keyId,
  name: z.string(),
  /** How the secret begins, to tell keys apart. */
  hint: z.string(),
  scopes: z.array(scope),
  /** The only bridges it may reach; absent = all. */
  bridges: z.array(bridgeId).optional(),
  /** The only models it may use; absent = all. */
  models: z.array(z.string()).optional(),
  created: z.iso.datetime(),
  /** Null = never. */
  expires: z.iso.datetime().nullable(),
  /** Null = not yet; to the minute. */
  lastUsed: z.iso.datetime().nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

/** `POST /api/keys`. */
export const createKeyRequest = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(scope).min(1).max(16),
  /** When it ends; absent = never. */
  expires: z.iso.datetime({ offset: true }).optional(),
  bridges: z.array(bridgeId).min(1).max(100).optional(),
  models: z.array(z.string().trim().min(1).max(200)).min(1).max(100).optional(),
});
export type CreateKeyRequest = z.input<typeof createKeyRequest>;

/** `secret` is shown this once. */
export const createKeyResponse = z.object({ success: z.literal(true), key: apiKey, secret: z.string() });
export type CreateKeyResponse = z.infer<typeof createKeyResponse>;

/** `GET /api/keys`. */
export const keyList = z.object({ keys: z.array(apiKey) });
export type KeyList = z.infer<typeof keyList>;
