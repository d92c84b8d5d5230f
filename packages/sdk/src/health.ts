import type { Health } from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type HealthCalls = ReturnType<typeof healthCalls>;

export function healthCalls(transport: Transport) {
  return {
    /** The relay's state; public. */
    get: (options: CallOptions = {}) => transport.json<Health>('GET', '/api/health', { ...options, authorize: false }),
  };
}
