import type { BridgePackage, Downloads } from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type DownloadCalls = ReturnType<typeof downloadCalls>;

export function downloadCalls(transport: Transport) {
  return {
    /** The packages of the bridge that the relay hands out; public. */
    list: async (options: CallOptions = {}): Promise<BridgePackage[]> =>
      (await transport.json<Downloads>('GET', '/api/downloads', { ...options, authorize: false })).packages,
  };
}
