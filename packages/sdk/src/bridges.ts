import type {
  BridgeList,
  BridgeLoad,
  BridgeStatus,
  RegisterBridgeRequest,
  RegisterBridgeResponse,
} from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type BridgeCalls = ReturnType<typeof bridgeCalls>;

export function bridgeCalls(transport: Transport) {
  return {
    /** Every computer of the person, connected or not, in their order. */
    list: async (options: CallOptions = {}): Promise<BridgeStatus[]> =>
      (await transport.json<BridgeList>('GET', PATH, options)).bridges,
    /**
     * Makes a computer known, for programs that are bridges themselves; the same `clientId` is the same computer again.
     * Its session token opens the WebSocket at `endpoints.websocket`.
     */
    register: (
      body: RegisterBridgeRequest,
      options: CreateOptions = {},
    ): Promise<Pick<RegisterBridgeResponse, 'bridgeId' | 'sessionToken' | 'endpoints'>> =>
      transport.create<RegisterBridgeResponse>(`${PATH}/register`, { ...options, body }),
    status: (bridgeId: string, options: CallOptions = {}): Promise<BridgeStatus> =>
      transport.json<BridgeStatus>('GET', `${bridgePath(bridgeId)}/status`, options),
    /** Its load over the last hour, one sample a minute at most, the oldest first. */
    load: async (bridgeId: string, options: CallOptions = {}): Promise<BridgeLoad['samples']> =>
      (await transport.json<BridgeLoad>('GET', `${bridgePath(bridgeId)}/load`, options)).samples,
    rename: (bridgeId: string, name: string, options: CallOptions = {}): Promise<BridgeStatus> =>
      transport.json<BridgeStatus>('PATCH', bridgePath(bridgeId), { ...options, body: { name } }),
    /** The first one that can, answers; those that are not named come last, as they were. */
    order: async (bridgeIds: readonly string[], options: CallOptions = {}): Promise<BridgeStatus[]> =>
      (await transport.json<BridgeList>('PUT', `${PATH}/order`, { ...options, body: { bridgeIds } })).bridges,
    /** Its computer is disconnected, and must register anew to come back. */
    remove: async (bridgeId: string, options: CallOptions = {}): Promise<void> => {
      await transport.json<unknown>('DELETE', bridgePath(bridgeId), options);
    },
  };
}

const PATH = '/api/bridge';

export function bridgePath(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
