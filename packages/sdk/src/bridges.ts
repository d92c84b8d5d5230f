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
    /** Its computer is disconnected, and must register anew to come back. */
    remove: async (bridgeId: string, options: CallOptions = {}): Promise<void> => {
      await transport.json<unknown>('DELETE', `/api/bridge/${encodeURIComponent(bridgeId)}`, options);
    },
  };
}
