import type { AuthConfig, Me } from '@cloudtolocalllm/protocol';
import type { Transport } from './transport.ts';

export type CallOptions = { signal?: AbortSignal };

export type AccountCalls = ReturnType<typeof accountCalls>;

export function accountCalls(transport: Transport) {
  return {
    /** Who the token belongs to. */
    me: (options: CallOptions = {}) => transport.json<Me>('GET', '/api/me', options),
    /** What is needed to sign in; public. */
    authConfig: (options: CallOptions = {}) =>
      transport.json<AuthConfig>('GET', '/api/auth/config', { ...options, authorize: false }),
  };
}
