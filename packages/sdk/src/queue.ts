import type {
  BridgeMessage,
  BridgeMessageCancelled,
  BridgeMessageList,
  BridgeMessageQueued,
  BridgeMessageRequest,
  ChatEvent,
} from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions } from './account.ts';
import { bridgePath } from './bridges.ts';
import { chatStream, type StreamPosition } from './chat-stream.ts';
import { endable } from './endable.ts';
import type { FollowOptions } from './messages.ts';
import type { Transport } from './transport.ts';

export type QueueCalls = ReturnType<typeof queueCalls>;

/** Messages to one computer, kept until it is back and answered in their order, each once. */
export function queueCalls(transport: Transport) {
  const path = (bridgeId: string): string => `${bridgePath(bridgeId)}/message`;
  const messagePath = (bridgeId: string, messageId: string): string =>
    `${path(bridgeId)}/${encodeURIComponent(messageId)}`;

  return {
    /** Queues a message; it waits `expiresIn` seconds at the most (a day when absent). */
    send: (
      bridgeId: string,
      payload: BridgeMessageRequest['payload'],
      { signal, expiresIn, idempotencyKey }: CreateOptions & { expiresIn?: number } = {},
    ): Promise<BridgeMessageQueued> => {
      const body: BridgeMessageRequest = { type: 'chat', payload, expiresIn };
      return transport.create<BridgeMessageQueued>(path(bridgeId), { body, signal, idempotencyKey });
    },
    /** How far it is, and its result. */
    get: (bridgeId: string, messageId: string, options: CallOptions = {}): Promise<BridgeMessage> =>
      transport.json<BridgeMessage>('GET', messagePath(bridgeId, messageId), options),
    /** What waits or runs, in its order, then what has ended, newest first. */
    list: async (bridgeId: string, options: CallOptions = {}): Promise<BridgeMessage[]> =>
      (await transport.json<BridgeMessageList>('GET', path(bridgeId), options)).messages,
    /** Follows a message to its end, from after event number `after` (0: from its beginning), over network cuts. */
    events(
      bridgeId: string,
      messageId: string,
      { signal: outer, onConnection, after = 0 }: FollowOptions & { after?: number } = {},
    ): AsyncIterable<ChatEvent> {
      const position = { messageId, after };
      return endable(outer, (signal) => {
        const resume = (place: StreamPosition) =>
          transport.stream('GET', `${messagePath(bridgeId, messageId)}/events`, {
            query: { after: place.after },
            signal,
          });
        const { retry } = transport;
        return chatStream({ open: () => resume(position), resume, position, signal, onConnection, retry });
      });
    },
    /** Takes it out of the queue, or stops it; what was said is kept. */
    cancel: async (bridgeId: string, messageId: string, options: CallOptions = {}): Promise<BridgeMessage> =>
      (await transport.json<BridgeMessageCancelled>('DELETE', messagePath(bridgeId, messageId), options)).message,
  };
}
