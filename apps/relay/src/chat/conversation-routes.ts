import {
  conversationDeleted,
  conversationId,
  conversationList,
  conversationResponse,
  createConversationRequest,
  DEFAULT_TITLE,
  listConversationsQuery,
  newId,
  UNDO_DELETE_MS,
  updateConversationRequest,
  type ConversationDeleted,
  type ConversationList,
  type ConversationResponse,
  type UpdateConversationRequest,
} from '@cloudtolocalllm/protocol';
import type { Updateable } from 'kysely';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import { requireModel } from '../keys/restrictions.ts';
import type { ConversationsTable } from '../storage/tables.ts';
import { conversationStore, toConversation, toFlag, type StoredConversation } from './conversation-store.ts';
import type { ChatRoutesOptions } from './routes.ts';

const config = { access: 'chat' } as const;
const conversationParams = z.object({ conversationId });

/** Conversations without their messages. */
export function conversationRoutes(api: Api, options: ChatRoutesOptions): void {
  const { database, generations, events, now = Date.now } = options;
  const store = conversationStore(database.kysely);
  const changed = (user: string, id: string) => events?.publish(user, { type: 'conversation', conversationId: id });

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
  api.post(
    '/api/chat/conversations',
    { config: { ...config, idempotent: 'conv' }, schema: creating },
    async (request) => {
      const user = request.user.id;
      const { title, model } = request.body;
      requireModel(request.user, model);
      const id = request.resourceId ?? newId('conv');
      if (request.isRetry && (await store.get(user, id)) !== undefined) return response(user, id);
      const created = new Date(now()).toISOString();
      await store.insert({
        ...toColumns(request.body),
        id,
        user_id: user,
        title,
        model,
        title_source: title === DEFAULT_TITLE ? 'default' : 'person',
        created,
        updated: created,
      });
      changed(user, id);
      return response(user, id);
    },
  );

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
      const { conversationId: id } = request.params;
      const { model, currentMessageId } = request.body;
      if (model !== undefined) requireModel(request.user, model);
      const values: Updateable<ConversationsTable> = toColumns(request.body);
      if (currentMessageId !== undefined) {
        required(await store.get(user, id));
        values.current_message_id = (await store.newestEnd(user, id, currentMessageId)) ?? notOfIt();
      }
      if (await store.update(user, id, values)) changed(user, id);
      return response(user, id);
    },
  );

  api.delete(
    '/api/chat/conversations/:conversationId',
    {
      config,
      schema: {
        operationId: 'deleteConversation',
        summary: 'Delete a conversation and its messages',
        description: 'It is hidden at once and removed for good after `undoUntil`.',
        tags: ['Chat'],
        params: conversationParams,
        response: { 200: conversationDeleted },
      },
    },
    async (request): Promise<ConversationDeleted> => {
      const user = request.user.id;
      const { conversationId: id } = request.params;
      const deleted = now();
      const undoUntil = new Date(deleted + UNDO_DELETE_MS).toISOString();
      if (!(await store.remove(user, id, new Date(deleted).toISOString()))) throw conversationNotFound();
      events?.publish(user, { type: 'conversation_deleted', conversationId: id, undoUntil });
      // Afterwards: a message that was sent at the same moment has either failed or is running by now.
      await generations.dropConversation(user, id);
      return { success: true, undoUntil };
    },
  );

  api.post(
    '/api/chat/conversations/:conversationId/restore',
    {
      config,
      schema: {
        operationId: 'restoreConversation',
        summary: 'Have a deleted conversation back',
        description: 'Until its `undoUntil`; afterwards, and when it is not deleted, there is nothing to restore: 404.',
        tags: ['Chat'],
        params: conversationParams,
        response: { 200: conversationResponse },
      },
    },
    async (request) => {
      const user = request.user.id;
      const { conversationId: id } = request.params;
      const since = new Date(now() - UNDO_DELETE_MS).toISOString();
      if (!(await store.restore(user, id, since))) throw conversationNotFound();
      changed(user, id);
      return response(user, id);
    },
  );
}

type Settings = Pick<
  UpdateConversationRequest,
  'title' | 'model' | 'systemPrompt' | 'options' | 'pinned' | 'archived' | 'autoTitle'
>;

/** As they are stored, without those that are absent. */
function toColumns({ title, model, systemPrompt, options, pinned, archived, autoTitle }: Settings) {
  const isSet = options !== undefined && options !== null && Object.keys(options).length > 0;
  return {
    ...(title !== undefined && { title, title_source: 'person' as const }),
    ...(model !== undefined && { model }),
    ...(systemPrompt !== undefined && { system_prompt: systemPrompt || null }),
    ...(options !== undefined && { options: isSet ? JSON.stringify(options) : null }),
    ...(pinned !== undefined && { pinned: toFlag(pinned) }),
    ...(archived !== undefined && { archived: toFlag(archived) }),
    ...(autoTitle !== undefined && { auto_title: toFlag(autoTitle) }),
  };
}

function notOfIt(): never {
  throw new RelayError('validation_failed', 'There is no such message in this conversation.', {
    details: { currentMessageId: 'must be a message of this conversation' },
  });
}

/** The conversation, or RelayError not_found: absent and another user's are the same. */
export function required(conversation: StoredConversation | undefined): StoredConversation {
  if (!conversation) throw conversationNotFound();
  return conversation;
}

function conversationNotFound(): RelayError {
  return new RelayError('not_found', 'There is no such conversation.');
}
