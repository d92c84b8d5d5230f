import type {
  Conversation,
  ConversationDeleted,
  ConversationList,
  ConversationResponse,
  CreateConversationRequest,
  ListConversationsQuery,
  UpdateConversationRequest,
} from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type ConversationCalls = ReturnType<typeof conversationCalls>;

export type ListConversationsOptions = CallOptions &
  Pick<ListConversationsQuery, 'sort'> & {
    limit?: number;
    offset?: number;
    /** Archived ones alone; absent: all others. */
    archived?: boolean;
    /** Pinned ones alone, or all others; absent: both. */
    pinned?: boolean;
  };

export function conversationCalls(transport: Transport) {
  return {
    list: ({ signal, ...query }: ListConversationsOptions = {}): Promise<ConversationList> =>
      transport.json<ConversationList>('GET', PATH, { query, signal }),
    create: async (body: CreateConversationRequest, options: CreateOptions = {}): Promise<Conversation> =>
      (await transport.create<ConversationResponse>(PATH, { ...options, body })).conversation,
    get: async (id: string, options: CallOptions = {}): Promise<Conversation> =>
      (await transport.json<ConversationResponse>('GET', conversationPath(id), options)).conversation,
    /** What is absent stays as it is. */
    update: async (id: string, body: UpdateConversationRequest, options: CallOptions = {}): Promise<Conversation> =>
      (await transport.json<ConversationResponse>('PATCH', conversationPath(id), { ...options, body })).conversation,
    /** Until `undoUntil`, `restore` brings it back. */
    delete: async (id: string, options: CallOptions = {}): Promise<Pick<ConversationDeleted, 'undoUntil'>> => {
      const { undoUntil } = await transport.json<ConversationDeleted>('DELETE', conversationPath(id), options);
      return { undoUntil };
    },
    restore: async (id: string, options: CallOptions = {}): Promise<Conversation> =>
      (await transport.json<ConversationResponse>('POST', `${conversationPath(id)}/restore`, options)).conversation,
  };
}

const PATH = '/api/chat/conversations';

export function conversationPath(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
