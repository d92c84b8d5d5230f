import {
  apiError,
  chatEvent,
  conversationId,
  eventsQuery,
  listMessagesQuery,
  messageId,
  messageList,
  messagesDeleted,
  stopResponse,
  type MessageList,
  type MessagesDeleted,
  type StopResponse,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import type { MessageRow } from '../storage/tables.ts';
import { attachmentStore } from './attachments/attachment-store.ts';
import { required } from './conversation-routes.ts';
import { conversationStore } from './conversation-store.ts';
import { EVENT_STREAM_LIMITS, sendStoredEvents, streamEvents } from './event-stream.ts';
import { removeMessages } from './message-removal.ts';
import { messageStore, toMessage } from './message-store.ts';
import type { ChatRoutesOptions } from './routes.ts';

const messagesPath = '/api/chat/conversations/:conversationId/messages';
const messagePath = `${messagesPath}/:messageId`;
const eventsPath = `${messagePath}/events`;
const conversationParams = z.object({ conversationId });
const messageParams = z.object({ conversationId, messageId });
const eventLines = { description: 'The events.', content: { 'application/x-ndjson': { schema: chatEvent } } };

/** The messages of a conversation, and the events of an answer. */
export function messageRoutes(api: Api, { database, generations, events, eventStreamLimits }: ChatRoutesOptions): void {
  const streamLimits = { ...EVENT_STREAM_LIMITS, ...eventStreamLimits };
  const conversations = conversationStore(database.kysely);
  const messages = messageStore(database.kysely);
  const attachments = attachmentStore(database.kysely);

  async function requiredMessage(user: string, conversation: string, id: string): Promise<MessageRow> {
    required(await conversations.get(user, conversation));
    const message = await messages.get(user, conversation, id);
    if (!message) throw new RelayError('not_found', 'There is no such message.');
    return message;
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
        querystring: listMessagesQuery,
        response: { 200: messageList },
      },
    },
    async (request): Promise<MessageList> => {
      const user = request.user.id;
      const { id, current_message_id } = required(await conversations.get(user, request.params.conversationId));
      let rows: MessageRow[] = [];
      if (request.query.branches === 'all') rows = await messages.list(user, id);
      else if (current_message_id !== null) rows = await messages.branch(user, id, current_message_id);
      const questions = rows.flatMap(({ id: row, role }) => (role === 'user' ? [row] : []));
      const attached = await attachments.ofMessages(user, questions);
      return { messages: rows.map((row) => toMessage(row, attached.get(row.id))) };
    },
  );

  api.get(
    eventsPath,
    {
      config: { access: 'chat', stream: true },
      schema: {
        operationId: 'followMessage',
        summary: 'Follow the answer that is being made',
        description:
          '`after`: only what came after the event with this `seq`. When the relay does not know that event (any more), ' +
          'one `replace` has all that was said so far.',
        tags: ['Chat'],
        params: messageParams,
        querystring: eventsQuery,
        response: { 200: eventLines },
      },
    },
    async (request, reply) => {
      const user = request.user.id;
      const { conversationId: conversation, messageId: id } = request.params;
      const { after } = request.query;
      const generation = generations.find(user, conversation, id);
      if (generation) return streamEvents(reply, generation, after, streamLimits);
      const message = await requiredMessage(user, conversation, id);
      if (message.role === 'user')
        throw new RelayError('not_found', 'Only answers have events; this message is a question.');
      // More of it may have been asked for while it was read.
      const begun = generations.find(user, conversation, id);
      if (begun) return streamEvents(reply, begun, after, streamLimits);
      return sendStoredEvents(reply, message, after);
    },
  );

  api.delete(
    messagePath,
    {
      config: { access: 'chat' },
      schema: {
        operationId: 'deleteMessage',
        summary: 'Delete a message and what follows it',
        description:
          'On all branches that it begins. Refused with 409 while an answer of the conversation is being made. ' +
          '`currentMessageId` of the conversation moves to the nearest message that is left. It cannot be undone.',
        tags: ['Chat'],
        params: messageParams,
        response: { 200: messagesDeleted, 409: apiError },
      },
    },
    async (request): Promise<MessagesDeleted> => {
      const user = request.user.id;
      const { conversationId: conversation, messageId: id } = request.params;
      await requiredMessage(user, conversation, id);
      const remove = (): Promise<string[]> => removeMessages(database, user, conversation, id);
      const messageIds = await generations.removing(user, conversation, remove);
      if (messageIds.length > 0) {
        events?.publish(user, { type: 'messages_deleted', conversationId: conversation, messageIds });
        events?.publish(user, { type: 'conversation', conversationId: conversation });
      }
      return { success: true, messageIds };
    },
  );

  api.delete(
    eventsPath,
    {
      config: { access: 'chat' },
      schema: {
        operationId: 'stopMessage',
        summary: 'Stop the answer that is being made',
        description: 'What was said is kept. An answer that waits for a computer waits no longer.',
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
