import assert from 'node:assert/strict';
import { createKeyResponse, type CreateKeyRequest } from '@cloudtolocalllm/protocol';
import type { TestRelay } from '../test-relay.ts';

/** Makes an API key of the local user, or of the one with this token. */
export async function makeKey({ call }: TestRelay, request: Partial<CreateKeyRequest> = {}, token?: string) {
  const body = { name: 'a key', scopes: ['inference'], ...request };
  const response = await call('/api/keys', { method: 'POST', body, ...(token !== undefined && { token }) });
  assert.equal(response.status, 200, await response.clone().text());
  return createKeyResponse.parse(await response.json());
}
