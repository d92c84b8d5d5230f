import type { DetailedHealth, Health } from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type HealthCalls = ReturnType<typeof healthCalls>;

export function healthCalls(transport: Transport) {
  return {
    /** The relay's state; public. An unhealthy relay answers 503: an `ApiError`. */
    get: (options: CallOptions = {}): Promise<Health> =>
      transport.json<Health>('GET', '/api/health', { ...options, authorize: false, retry: false }),
    /** Measured figures, also of an unhealthy relay; for its administrators. */
    detailed: (options: CallOptions = {}): Promise<DetailedHealth> =>
      transport.json<DetailedHealth>('GET', '/api/health/detailed', options),
  };
}
