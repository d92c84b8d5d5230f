import type { CallOptions } from './account.ts';
import type { ConnectionState } from './chat-stream.ts';
import { endable } from './endable.ts';
import { conversationPath } from './conversations.ts';
import { type RealtimeMessage, realtimeStream } from './realtime-stream.ts';
import type { Transport } from './transport.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/**
 * What a device hears, in order. `refetch`: what was fetched before may be out of date, so fetch what is shown; it comes
 * first of all, and whenever something was missed that can't be told any more. Ignore types that you do not know.
 */
export type RealtimeEvent = { type: 'refetch' } | RealtimeMessage;

export type RealtimeOptions = CallOptions & {
  /** Told when the socket is cut and when it is open again. */
  onConnection?: (state: ConnectionState) => void;
};

export type RealtimeCalls = ReturnType<typeof realtimeCalls>;

/**
 * WebSockets that connect again by themselves and go on where they were. They end with a thrown ApiError when the relay
 * refuses for good (signed out, no such conversation, `erased`: everything of the person was deleted), with the signal's reason, or when the caller breaks the loop.
 */
export function realtimeCalls(
  transport: Transport,
  { baseUrl, webSocket }: { baseUrl: string; webSocket?: WebSocketConstructor },
) {
  const { token } = transport;
  const follow = (
    path: string,
    refusedPath: string,
    { signal: outer, onConnection }: RealtimeOptions,
  ): AsyncGenerator<RealtimeEvent, void, undefined> =>
    endable(outer, (signal) => {
      const refusal = () => transport.json('GET', refusedPath, { signal, retry: false });
      return realtimeStream({ baseUrl, token, webSocket, path, refusal, signal, onConnection });
    });
  return {
    /** Bridges, proxies, conversations and queued bridge messages of the person, who must be the caller. */
    status: (userId: string, listening: RealtimeOptions = {}): AsyncGenerator<RealtimeEvent, void, undefined> =>
      follow(`/ws/status/${encodeURIComponent(userId)}`, '/api/me', listening),
    /**
     * One conversation: its changes, its messages and, as `chat_event`, the answers that are being made. A `chat_event`
     * of type `replace` has all that was said so far.
     */
    chat: (conversationId: string, listening: RealtimeOptions = {}): AsyncGenerator<RealtimeEvent, void, undefined> =>
      follow(`/ws/chat/${encodeURIComponent(conversationId)}`, conversationPath(conversationId), listening),
  };
}
