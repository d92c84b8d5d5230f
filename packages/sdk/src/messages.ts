import type {
  AnswerAgainRequest,
  ChatEvent,
  ListMessagesQuery,
  Message,
  MessageList,
  MessagesDeleted,
  SendMessageRequest,
  SendMessageResponse,
  StopResponse,
} from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions, KeyOptions } from './account.ts';
import { chatStream, type ConnectionState, type StreamPosition } from './chat-stream.ts';
import { endable } from './endable.ts';
import { randomId } from './random-id.ts';
import { conversationPath } from './conversations.ts';
import type { Transport } from './transport.ts';

export type FollowOptions = CallOptions & { onConnection?: (state: ConnectionState) => void };
/** `model`, `bridgeId`, `ifOffline`: see the API. */
export type AnswerOptions = Omit<AnswerAgainRequest, 'stream'>;
/** And `parentId`, which begins a branch, and the ids of `attachments`. */
export type SendOptions = Omit<SendMessageRequest, 'content' | 'stream'>;

export type MessageCalls = ReturnType<typeof messageCalls>;

export function messageCalls(transport: Transport) {
  const path = (conversationId: string): string => `${conversationPath(conversationId)}/messages`;
  const messagePath = (conversationId: string, messageId: string): string =>
    `${path(conversationId)}/${encodeURIComponent(messageId)}`;
  const eventsFrom = (conversationId: string, signal?: AbortSignal) => (position: StreamPosition) =>
    transport.stream('GET', `${messagePath(conversationId, position.messageId)}/events`, {
      query: { after: position.after },
      signal,
    });

  /** Asks by POST, however often it takes: with one key it is one question. */
  function answerOf(
    conversationId: string,
    askPath: string,
    body: object,
    { signal: outer, onConnection, idempotencyKey = randomId() }: FollowOptions & KeyOptions,
  ): AsyncIterable<ChatEvent> {
    return endable(outer, (signal) => {
      const request = { body: { ...body, stream: true }, idempotencyKey, signal };
      return chatStream({
        open: () => transport.stream('POST', askPath, request),
        resume: eventsFrom(conversationId, signal),
        signal,
        onConnection,
        retry: transport.retry,
      });
    });
  }

  return {
    /** From the first message to the newest of the branch that is shown; `branches: 'all'`: every message there is. */
    list: async (
      conversationId: string,
      { signal, branches }: CallOptions & ListMessagesQuery = {},
    ): Promise<Message[]> =>
      (await transport.json<MessageList>('GET', path(conversationId), { query: { branches }, signal })).messages,

    /**
     * Asks, and follows the answer; goes on by itself after a network cut. Nothing is sent before the
     * first event is asked for. Leaving the loop or aborting does not stop the generation: `stop` does.
     */
    send(
      conversationId: string,
      content: string,
      { signal, onConnection, idempotencyKey, ...wanted }: FollowOptions & KeyOptions & SendOptions = {},
    ): AsyncIterable<ChatEvent> {
      const body: SendMessageRequest = { content, ...wanted };
      return answerOf(conversationId, path(conversationId), body, { signal, onConnection, idempotencyKey });
    },

    /** Another answer to the same question, beside this one; followed as in `send`. */
    regenerate(
      conversationId: string,
      messageId: string,
      { signal, onConnection, idempotencyKey, ...wanted }: FollowOptions & KeyOptions & AnswerOptions = {},
    ): AsyncIterable<ChatEvent> {
      const askPath = `${messagePath(conversationId, messageId)}/regenerate`;
      return answerOf(conversationId, askPath, wanted, { signal, onConnection, idempotencyKey });
    },

    /** More of an answer that was stopped or interrupted; followed as in `send`. */
    continue(
      conversationId: string,
      messageId: string,
      { signal, onConnection, idempotencyKey, ...wanted }: FollowOptions & KeyOptions & AnswerOptions = {},
    ): AsyncIterable<ChatEvent> {
      const askPath = `${messagePath(conversationId, messageId)}/continue`;
      return answerOf(conversationId, askPath, wanted, { signal, onConnection, idempotencyKey });
    },

    /** Asks, and waits for the whole answer. */
    ask: async (
      conversationId: string,
      content: string,
      { signal, idempotencyKey, ...wanted }: CreateOptions & SendOptions = {},
    ): Promise<Message> => {
      const body: SendMessageRequest = { content, ...wanted, stream: false };
      return (await transport.create<SendMessageResponse>(path(conversationId), { body, signal, idempotencyKey }))
        .message;
    },

    /** Follows a generation that already runs, from after event number `after` (0: from its beginning). */
    events(
      conversationId: string,
      messageId: string,
      options: FollowOptions & { after?: number } = {},
    ): AsyncIterable<ChatEvent> {
      const position = { messageId, after: options.after ?? 0 };
      return endable(options.signal, (signal) => {
        const resume = eventsFrom(conversationId, signal);
        const { onConnection } = options;
        const { retry } = transport;
        return chatStream({ open: () => resume(position), resume, position, signal, onConnection, retry });
      });
    },

    /** Removes a message and all that follows it, for good; returns their ids. */
    delete: async (conversationId: string, messageId: string, options: CallOptions = {}): Promise<string[]> =>
      (await transport.json<MessagesDeleted>('DELETE', messagePath(conversationId, messageId), options)).messageIds,

    /** Stops a generation; what was said is kept, and returned. */
    stop: async (conversationId: string, messageId: string, options: CallOptions = {}): Promise<Message> =>
      (await transport.json<StopResponse>('DELETE', `${messagePath(conversationId, messageId)}/events`, options))
        .message,
  };
}
