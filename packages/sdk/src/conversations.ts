import type {
  Conversation,
  ConversationList,
  ConversationResponse,
  CreateConversationRequest,
  ListConversationsQuery,
  UpdateConversationRequest,
} from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type ConversationCalls = ReturnType<typeof conversationCalls>;

export function conversationCalls(transport: Transport) {
  return {
    list: ({ signal, ...query }: Pick<ListConversationsQuery, 'sort'> & PageOptions & CallOptions = {}) =>
      transport.json<ConversationList>('GET', PATH, { query, signal }),
    create: async (body: CreateConversationRequest, options: CallOptions = {}): Promise<Conversation> =>
      (await transport.json<ConversationResponse>('POST', PATH, { ...options, body })).conversation,
    get: async (id: string, options: CallOptions = {}): Promise<Conversation> =>
      (await transport.json<ConversationResponse>('GET', conversationPath(id), options)).conversation,
    update: async (id: string, body: UpdateConversationRequest, options: CallOptions = {}): Promise<Conversation> =>
      (await transport.json<ConversationResponse>('PATCH', conversationPath(id), { ...options, body })).conversation,
    delete: async (id: string, options: CallOptions = {}): Promise<void> => {
      await transport.json<unknown>('DELETE', conversationPath(id), options);
    },
  };
}

type PageOptions = { limit?: number; offset?: number };

const PATH = '/api/chat/conversations';

export function conversationPath(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
