import {
  conversationId,
  eventsQuery,
  messageId,
  sendMessageRequest,
  type MessageList,
  type SendMessageResponse,
  type StopResponse,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import type { MessageRow } from '../storage/tables.ts';
import { required } from './conversation-routes.ts';
import { conversationStore } from './conversation-store.ts';
import { EVENT_STREAM_LIMITS, sendStoredEvents, streamEvents } from './event-stream.ts';
import type { Generation } from './generation.ts';
import { messageStore, toMessage } from './message-store.ts';
import type { ChatRoutesOptions } from './routes.ts';

const messagesPath = '/api/chat/conversations/:conversationId/messages';
const eventsPath = `${messagesPath}/:messageId/events`;
const conversationParams = z.object({ conversationId });
const messageParams = z.object({ conversationId, messageId });

/** The messages of a conversation, sending one, and the events of an answer. */
export function messageRoutes(api: Api, options: ChatRoutesOptions): void {
  const { database, generations } = options;
  const limits = { ...EVENT_STREAM_LIMITS, ...options.eventStreamLimits };
  const conversations = conversationStore(database.kysely);
  const messages = messageStore(database.kysely);

  async function requiredMessage(user: string, conversation: string, id: string): Promise<MessageRow> {
    const message = await messages.get(user, conversation, id);
    if (!message) throw new RelayError('not_found', 'There is no such message.');
    return message;
  }

  /** Answers `stream: false`: when the answer is whole, or with what went wrong. */
  async function answered(generation: Generation): Promise<SendMessageResponse> {
    const outcome = await generation.ended;
    const { userId: user, conversationId: conversation, messageId: id } = generation.key;
    if ('error' in outcome) {
      throw new RelayError(outcome.error.code, outcome.error.message, { details: { messageId: id } });
    }
    return { success: true, message: toMessage(await requiredMessage(user, conversation, id)) };
  }

  api.get(
    messagesPath,
    { config: { access: 'chat' }, schema: { params: conversationParams } },
    async (request): Promise<MessageList> => {
      const user = request.user.id;
      const { id } = required(await conversations.get(user, request.params.conversationId));
      return { messages: (await messages.list(user, id)).map(toMessage) };
    },
  );

  api.post(
    messagesPath,
    {
      config: { access: 'chat', limitedBy: 'bridge' },
      schema: { params: conversationParams, body: sendMessageRequest },
    },
    async (request, reply): Promise<SendMessageResponse | void> => {
      const { content, stream } = request.body;
      const conversation = required(await conversations.get(request.user.id, request.params.conversationId));
      const generation = await generations.send(conversation, content);
      if (!stream) return answered(generation);
      streamEvents(reply, generation, 0, limits);
    },
  );

  api.get(
    eventsPath,
    { config: { access: 'chat', stream: true }, schema: { params: messageParams, querystring: eventsQuery } },
    async (request, reply) => {
      const user = request.user.id;
      const { conversationId: conversation, messageId: id } = request.params;
      const generation = generations.find(user, conversation, id);
      if (generation) return streamEvents(reply, generation, request.query.after, limits);
      const message = await requiredMessage(user, conversation, id);
      if (message.role === 'user')
        throw new RelayError('not_found', 'Only answers have events; this message is a question.');
      return sendStoredEvents(reply, message);
    },
  );

  api.delete(
    eventsPath,
    { config: { access: 'chat' }, schema: { params: messageParams } },
    async (request): Promise<StopResponse> => {
      const user = request.user.id;
      const { conversationId: conversation, messageId: id } = request.params;
      const generation = generations.find(user, conversation, id);
      generation?.stop();
      await generation?.ended;
      return { success: true, message: toMessage(await requiredMessage(user, conversation, id)) };
    },
  );
}
