import type { ApiKey, CreateKeyRequest, CreateKeyResponse, KeyList } from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type KeyCalls = ReturnType<typeof keyCalls>;

/** API keys for programs. A person's access token is needed: no key makes, lists or revokes keys. */
export function keyCalls(transport: Transport) {
  return {
    /** The key and its secret, which is shown this once. */
    create: async (
      body: CreateKeyRequest,
      options: CreateOptions = {},
    ): Promise<Pick<CreateKeyResponse, 'key' | 'secret'>> => {
      const { key, secret } = await transport.create<CreateKeyResponse>(PATH, { ...options, body });
      return { key, secret };
    },
    /** The oldest first. */
    list: async (options: CallOptions = {}): Promise<ApiKey[]> =>
      (await transport.json<KeyList>('GET', PATH, options)).keys,
    /** What runs with it breaks off. */
    revoke: async (id: string, options: CallOptions = {}): Promise<void> => {
      await transport.json<unknown>('DELETE', `${PATH}/${encodeURIComponent(id)}`, options);
    },
  };
}

const PATH = '/api/keys';
