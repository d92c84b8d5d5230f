import type { BridgeList, BridgeStatus } from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type BridgeCalls = ReturnType<typeof bridgeCalls>;

export function bridgeCalls(transport: Transport) {
  return {
    /** Every computer of the person, connected or not. */
    list: async (options: CallOptions = {}): Promise<BridgeStatus[]> =>
      (await transport.json<BridgeList>('GET', '/api/bridge', options)).bridges,
    status: (bridgeId: string, options: CallOptions = {}) =>
      transport.json<BridgeStatus>('GET', `/api/bridge/${encodeURIComponent(bridgeId)}/status`, options),
  };
}
