import {
  apiError,
  chatEvent,
  conversationId,
  eventsQuery,
  messageId,
  messageList,
  sendMessageRequest,
  sendMessageResponse,
  stopResponse,
  type MessageList,
  type SendMessageResponse,
  type StopResponse,
} from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import { mayReach, requireModel } from '../keys/restrictions.ts';
import type { MessageRow } from '../storage/tables.ts';
import { required } from './conversation-routes.ts';
import { type StoredConversation, conversationStore } from './conversation-store.ts';
import { EVENT_STREAM_LIMITS, sendStoredEvents, streamEvents } from './event-stream.ts';
import type { Generation } from './generation.ts';
import { messageStore, toMessage } from './message-store.ts';
import type { ChatRoutesOptions } from './routes.ts';
import { choose } from './routing.ts';

const messagesPath = '/api/chat/conversations/:conversationId/messages';
const eventsPath = `${messagesPath}/:messageId/events`;
const conversationParams = z.object({ conversationId });
const eventLines = { description: 'The events.', content: { 'application/x-ndjson': { schema: chatEvent } } };
const messageParams = z.object({ conversationId, messageId });

/** The messages of a conversation, sending one, and the events of an answer. */
export function messageRoutes(api: Api, options: ChatRoutesOptions): void {
  const { database, generations, links, limits } = options;
  const streamLimits = { ...EVENT_STREAM_LIMITS, ...options.eventStreamLimits };
  const conversations = conversationStore(database.kysely);
  const messages = messageStore(database.kysely);

  async function requiredMessage(user: string, conversation: string, id: string): Promise<MessageRow> {
    const message = await messages.get(user, conversation, id);
    if (!message) throw new RelayError('not_found', 'There is no such message.');
    return message;
  }

  /** Counts a question against the bridge that would answer it now; against its user when there is none. */
  async function charge(request: FastifyRequest, reply: FastifyReply, asked: StoredConversation): Promise<void> {
    const { user } = request;
    const reachable = links?.ofUser(user.id).filter(({ bridgeId }) => mayReach(user, bridgeId)) ?? [];
    const route = choose(reachable, { bridgeId: asked.bridge_id ?? undefined, model: asked.model });
    if (route) await limits?.chargeBridge(request, reply, route.link.bridgeId);
    else await limits?.chargeUser(request, reply);
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
    {
      config: { access: 'chat' },
      schema: {
        operationId: 'listMessages',
        summary: 'List the messages of a conversation',
        tags: ['Chat'],
        params: conversationParams,
        response: { 200: messageList },
      },
    },
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
      schema: {
        operationId: 'sendMessage',
        summary: 'Send a message and get the answer',
        description:
          'The answer streams as JSON lines, or comes whole with `stream: false`. It goes on being made when the client ' +
          'goes away: `GET …/messages/{messageId}/events` takes it up again.',
        tags: ['Chat'],
        params: conversationParams,
        body: sendMessageRequest,
        response: {
          200: {
            description: 'The answer.',
            content: {
              'application/x-ndjson': { schema: chatEvent },
              'application/json': { schema: sendMessageResponse },
            },
          },
          409: apiError,
        },
      },
    },
    async (request, reply): Promise<SendMessageResponse | void> => {
      const { content, stream } = request.body;
      const conversation = required(await conversations.get(request.user.id, request.params.conversationId));
      requireModel(request.user, conversation.model);
      const generation = await generations.send(conversation, content, request.user.key?.bridges, () =>
        charge(request, reply, conversation),
      );
      if (!stream) return answered(generation);
      streamEvents(reply, generation, 0, streamLimits);
    },
  );

  api.get(
    eventsPath,
    {
      config: { access: 'chat', stream: true },
      schema: {
        operationId: 'followMessage',
        summary: 'Follow the answer that is being made',
        description: '`after`: only what came after the event with this `seq`.',
        tags: ['Chat'],
        params: messageParams,
        querystring: eventsQuery,
        response: { 200: eventLines },
      },
    },
    async (request, reply) => {
      const user = request.user.id;
      const { conversationId: conversation, messageId: id } = request.params;
      const generation = generations.find(user, conversation, id);
      if (generation) return streamEvents(reply, generation, request.query.after, streamLimits);
      const message = await requiredMessage(user, conversation, id);
      if (message.role === 'user')
        throw new RelayError('not_found', 'Only answers have events; this message is a question.');
      return sendStoredEvents(reply, message);
    },
  );

  api.delete(
    eventsPath,
    {
      config: { access: 'chat' },
      schema: {
        operationId: 'stopMessage',
        summary: 'Stop the answer that is being made',
        description: 'What was said is kept.',
        tags: ['Chat'],
        params: messageParams,
        response: { 200: stopResponse },
      },
    },
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
