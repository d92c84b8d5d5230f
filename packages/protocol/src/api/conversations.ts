import { z } from 'zod';
import { bridgeId, conversationId, EXAMPLE_UUID, messageId } from '../ids.ts';
import { generationOptions } from './generation-options.ts';
import { MAX_CONTENT_CHARACTERS } from './messages.ts';

/** A conversation that has this title takes its first message's first words, then the model's words. */
export const DEFAULT_TITLE = 'New Chat';

/** How long a deleted conversation can be had back. */
export const UNDO_DELETE_MS = 30_000;

const title = z.string().trim().min(1).max(200);
const model = z.string().trim().min(1).max(200);
const systemPrompt = z.string().max(MAX_CONTENT_CHARACTERS);
const autoTitle = z.boolean().meta({ description: 'Whether the model finds a title after its first answer.' });

const exampleConversation = {
  id: `conv-${EXAMPLE_UUID}`,
  title: 'Chat about AI',
  created: '2025-06-20T16:00:00.000Z',
  updated: '2025-06-20T16:30:00.000Z',
  messageCount: 12,
  model: 'llama3.2:1b',
  pinned: false,
  archived: false,
  autoTitle: true,
  currentMessageId: `msg-${EXAMPLE_UUID}`,
};

export const conversation = z
  .object({
    id: conversationId,
    title: z.string(),
    created: z.iso.datetime(),
    updated: z.iso.datetime().meta({ description: 'When something was said last.' }),
    messageCount: z.int().meta({ description: 'Of all branches.' }),
    model: z.string(),
    systemPrompt: z.string().optional(),
    options: generationOptions.optional(),
    pinned: z.boolean(),
    archived: z.boolean(),
    autoTitle,
    currentMessageId: messageId.optional().meta({ description: 'The last message of the branch that is shown.' }),
    bridgeId: bridgeId.optional().meta({ description: 'The bridge that answered last.' }),
  })
  .meta({ id: 'Conversation', examples: [exampleConversation] });
export type Conversation = z.infer<typeof conversation>;

const queryFlag = z
  .enum(['true', 'false'])
  .meta({ examples: ['false'] })
  .transform((text) => text === 'true');

/** `GET /api/chat/conversations`. */
export const listConversationsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  sort: z.enum(['created_desc', 'updated_desc']).default('updated_desc'),
  archived: queryFlag.default(false).meta({ description: 'Archived ones alone, or all others.' }),
  pinned: queryFlag.optional().meta({ description: 'Pinned ones alone, or all others; absent: both.' }),
});
export type ListConversationsQuery = z.input<typeof listConversationsQuery>;
export const conversationList = z
  .object({ conversations: z.array(conversation), total: z.int(), hasMore: z.boolean() })
  .meta({
    id: 'ConversationList',
    examples: [{ conversations: [exampleConversation], total: 25, hasMore: true }],
  });
export type ConversationList = z.infer<typeof conversationList>;

/** `POST /api/chat/conversations`. */
export const createConversationRequest = z
  .object({
    title: title.default(DEFAULT_TITLE),
    model,
    systemPrompt: systemPrompt.optional(),
    options: generationOptions.optional(),
    autoTitle: autoTitle.default(true),
  })
  .meta({
    id: 'CreateConversationRequest',
    examples: [{ title: DEFAULT_TITLE, model: 'llama3.2:1b', systemPrompt: 'You are a helpful assistant.' }],
  });
export type CreateConversationRequest = z.input<typeof createConversationRequest>;
export const conversationResponse = z
  .object({ success: z.literal(true), conversation })
  .meta({ id: 'ConversationResponse', examples: [{ success: true, conversation: exampleConversation }] });
export type ConversationResponse = z.infer<typeof conversationResponse>;

/** `PATCH /api/chat/conversations/{conversationId}`. */
export const updateConversationRequest = z
  .object({
    title,
    model,
    systemPrompt,
    options: generationOptions.nullable().meta({ description: 'All of them; null = none.' }),
    pinned: z.boolean(),
    archived: z.boolean(),
    autoTitle,
    currentMessageId: messageId.meta({ description: 'Shows the branch that this message is in, to its newest end.' }),
  })
  .partial()
  .meta({ id: 'UpdateConversationRequest', examples: [{ title: exampleConversation.title, pinned: true }] });
export type UpdateConversationRequest = z.infer<typeof updateConversationRequest>;

/** `DELETE /api/chat/conversations/{conversationId}`; until then `POST …/restore` brings it back. */
export const conversationDeleted = z
  .object({ success: z.literal(true), undoUntil: z.iso.datetime() })
  .meta({ id: 'ConversationDeleted', examples: [{ success: true, undoUntil: '2025-06-20T17:00:30.000Z' }] });
export type ConversationDeleted = z.infer<typeof conversationDeleted>;
