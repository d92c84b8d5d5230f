import type {
  ChatEvent,
  Message,
  MessageList,
  SendMessageRequest,
  SendMessageResponse,
  StopResponse,
} from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import { chatStream, type ConnectionState, type StreamPosition } from './chat-stream.ts';
import { conversationPath } from './conversations.ts';
import type { Transport } from './transport.ts';

export type FollowOptions = CallOptions & { onConnection?: (state: ConnectionState) => void };

export type MessageCalls = ReturnType<typeof messageCalls>;

export function messageCalls(transport: Transport) {
  const path = (conversationId: string): string => `${conversationPath(conversationId)}/messages`;
  const eventsPath = (conversationId: string, messageId: string): string =>
    `${path(conversationId)}/${encodeURIComponent(messageId)}/events`;
  const eventsFrom = (conversationId: string, signal?: AbortSignal) => (position: StreamPosition) =>
    transport.stream('GET', eventsPath(conversationId, position.messageId), {
      query: { after: position.after },
      signal,
    });

  return {
    /** The conversation's messages, oldest first. */
    list: async (conversationId: string, options: CallOptions = {}): Promise<Message[]> =>
      (await transport.json<MessageList>('GET', path(conversationId), options)).messages,

    /**
     * Asks, and follows the answer; goes on by itself after a network cut. Nothing is sent before the
     * first event is asked for. Leaving the loop or aborting does not stop the generation: `stop` does.
     */
    send(conversationId: string, content: string, options: FollowOptions = {}): AsyncIterable<ChatEvent> {
      const body: SendMessageRequest = { content, stream: true };
      const headers = { 'idempotency-key': crypto.randomUUID() };
      return chatStream({
        open: () => transport.stream('POST', path(conversationId), { body, headers, signal: options.signal }),
        resume: eventsFrom(conversationId, options.signal),
        signal: options.signal,
        onConnection: options.onConnection,
      });
    },

    /** Asks, and waits for the whole answer. */
    ask: async (conversationId: string, content: string, options: CallOptions = {}): Promise<Message> => {
      const body: SendMessageRequest = { content, stream: false };
      const headers = { 'idempotency-key': crypto.randomUUID() };
      return (await transport.json<SendMessageResponse>('POST', path(conversationId), { ...options, body, headers }))
        .message;
    },

    /** Follows a generation that already runs, from after event number `after` (0: from its beginning). */
    events(
      conversationId: string,
      messageId: string,
      options: FollowOptions & { after?: number } = {},
    ): AsyncIterable<ChatEvent> {
      const position = { messageId, after: options.after ?? 0 };
      const resume = eventsFrom(conversationId, options.signal);
      const { signal, onConnection } = options;
      return chatStream({ open: () => resume(position), resume, position, signal, onConnection });
    },

    /** Stops a generation; what was said is kept, and returned. */
    stop: async (conversationId: string, messageId: string, options: CallOptions = {}): Promise<Message> =>
      (await transport.json<StopResponse>('DELETE', eventsPath(conversationId, messageId), options)).message,
  };
}
