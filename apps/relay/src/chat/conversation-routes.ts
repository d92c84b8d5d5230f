import {
  conversationId,
  conversationList,
  conversationResponse,
  createConversationRequest,
  listConversationsQuery,
  newId,
  updateConversationRequest,
  type ConversationList,
  type ConversationResponse,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import { requireModel } from '../keys/restrictions.ts';
import { conversationStore, toConversation, type StoredConversation } from './conversation-store.ts';
import type { ChatRoutesOptions } from './routes.ts';

const config = { access: 'chat' } as const;
const conversationParams = z.object({ conversationId });
const deleted = z
  .object({ success: z.literal(true) })
  .meta({ id: 'ConversationDeleted', examples: [{ success: true }] });

/** Conversations without their messages. */
export function conversationRoutes(api: Api, options: ChatRoutesOptions): void {
  const { database, generations } = options;
  const store = conversationStore(database.kysely);

  async function response(user: string, id: string): Promise<ConversationResponse> {
    return { success: true, conversation: toConversation(required(await store.get(user, id))) };
  }

  api.get(
    '/api/chat/conversations',
    {
      config,
      schema: {
        operationId: 'listConversations',
        summary: 'List your conversations',
        tags: ['Chat'],
        querystring: listConversationsQuery,
        response: { 200: conversationList },
      },
    },
    async (request): Promise<ConversationList> => {
      const { conversations, total } = await store.list(request.user.id, request.query);
      return {
        conversations: conversations.map(toConversation),
        total,
        hasMore: request.query.offset + conversations.length < total,
      };
    },
  );

  const creating = {
    operationId: 'createConversation',
    summary: 'Create a conversation',
    tags: ['Chat'],
    body: createConversationRequest,
    response: { 200: conversationResponse },
  };
  api.post('/api/chat/conversations', { config, schema: creating }, async (request) => {
    const user = request.user.id;
    const { title, model, systemPrompt } = request.body;
    requireModel(request.user, model);
    const id = newId('conv');
    const created = new Date().toISOString();
    const system_prompt = systemPrompt || null;
    await store.insert({ id, user_id: user, title, model, system_prompt, created, updated: created, bridge_id: null });
    return response(user, id);
  });

  api.get(
    '/api/chat/conversations/:conversationId',
    {
      config,
      schema: {
        operationId: 'getConversation',
        summary: 'Get a conversation',
        tags: ['Chat'],
        params: conversationParams,
        response: { 200: conversationResponse },
      },
    },
    (request) => response(request.user.id, request.params.conversationId),
  );

  api.patch(
    '/api/chat/conversations/:conversationId',
    {
      config,
      schema: {
        operationId: 'updateConversation',
        summary: 'Change a conversation',
        description: 'What is absent stays as it is.',
        tags: ['Chat'],
        params: conversationParams,
        body: updateConversationRequest,
        response: { 200: conversationResponse },
      },
    },
    async (request) => {
      const user = request.user.id;
      const { title, model, systemPrompt } = request.body;
      if (model !== undefined) requireModel(request.user, model);
      await store.update(user, request.params.conversationId, {
        updated: new Date().toISOString(),
        ...(title !== undefined && { title }),
        ...(model !== undefined && { model }),
        ...(systemPrompt !== undefined && { system_prompt: systemPrompt || null }),
      });
      return response(user, request.params.conversationId);
    },
  );

  api.delete(
    '/api/chat/conversations/:conversationId',
    {
      config,
      schema: {
        operationId: 'deleteConversation',
        summary: 'Delete a conversation and its messages',
        tags: ['Chat'],
        params: conversationParams,
        response: { 200: deleted },
      },
    },
    async (request) => {
      const user = request.user.id;
      const { conversationId: id } = request.params;
      if (!(await store.remove(user, id))) throw conversationNotFound();
      // Afterwards: a message that was sent at the same moment has either failed or is running by now.
      await generations.dropConversation(user, id);
      return { success: true as const };
    },
  );
}

/** The conversation, or RelayError not_found: absent and another user's are the same. */
export function required(conversation: StoredConversation | undefined): StoredConversation {
  if (!conversation) throw conversationNotFound();
  return conversation;
}

function conversationNotFound(): RelayError {
  return new RelayError('not_found', 'There is no such conversation.');
}
