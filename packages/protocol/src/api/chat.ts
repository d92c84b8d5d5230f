import { z } from 'zod';
import { conversationId, EXAMPLE_UUID, messageId } from '../ids.ts';

/** A message's text, in characters: far above what people type, far below what hurts. */
export const MAX_CONTENT_CHARACTERS = 200_000;

/** A conversation that has this title takes its first message's first words. */
export const DEFAULT_TITLE = 'New Chat';

const title = z.string().trim().min(1).max(200);
const model = z.string().trim().min(1).max(200);

const exampleConversation = {
  id: `conv-${EXAMPLE_UUID}`,
  title: 'Chat about AI',
  created: '2025-06-20T16:00:00.000Z',
  updated: '2025-06-20T16:30:00.000Z',
  messageCount: 12,
  model: 'llama3.2:1b',
};

export const conversation = z
  .object({
    id: conversationId,
    title: z.string(),
    created: z.iso.datetime(),
    updated: z.iso.datetime(),
    messageCount: z.int(),
    model: z.string(),
    systemPrompt: z.string().optional(),
  })
  .meta({ id: 'Conversation', examples: [exampleConversation] });
export type Conversation = z.infer<typeof conversation>;

/** `GET /api/chat/conversations`. */
export const listConversationsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  sort: z.enum(['created_desc', 'updated_desc']).default('updated_desc'),
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
    systemPrompt: z.string().max(MAX_CONTENT_CHARACTERS).optional(),
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
  .object({ title, model, systemPrompt: z.string().max(MAX_CONTENT_CHARACTERS) })
  .partial()
  .meta({ id: 'UpdateConversationRequest', examples: [{ title: exampleConversation.title }] });
export type UpdateConversationRequest = z.infer<typeof updateConversationRequest>;

/** What has become of a message; `streaming` only while its generation runs. */
export const messageStatus = z.enum(['streaming', 'complete', 'stopped', 'failed', 'interrupted']);
export type MessageStatus = z.infer<typeof messageStatus>;

const exampleMessage = {
  id: `msg-${EXAMPLE_UUID}`,
  role: 'assistant',
  content: 'Machine learning is a subset of artificial intelligence...',
  status: 'complete',
  created: '2025-06-20T16:30:00.000Z',
  model: 'llama3.2:1b',
  totalTokens: 150,
};

export const message = z
  .object({
    id: messageId,
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    status: messageStatus,
    created: z.iso.datetime(),
    model: z.string().optional(),
    totalTokens: z.int().optional(),
    error: z
      .object({ code: z.string(), message: z.string() })
      .optional()
      .meta({ description: 'Why a failed or interrupted message ended.' }),
  })
  .meta({ id: 'Message', examples: [exampleMessage] });
export type Message = z.infer<typeof message>;

/** `GET /api/chat/conversations/{conversationId}/messages`. */
export const messageList = z
  .object({ messages: z.array(message) })
  .meta({ id: 'MessageList', examples: [{ messages: [exampleMessage] }] });
export type MessageList = z.infer<typeof messageList>;

/** `POST /api/chat/conversations/{conversationId}/messages`. */
export const sendMessageRequest = z
  .object({
    content: z.string().min(1).max(MAX_CONTENT_CHARACTERS),
    stream: z.boolean().default(true),
  })
  .meta({ id: 'SendMessageRequest', examples: [{ content: 'What is machine learning?', stream: true }] });
export type SendMessageRequest = z.input<typeof sendMessageRequest>;

/** The answer to `stream: false`. */
export const sendMessageResponse = z
  .object({ success: z.literal(true), message })
  .meta({ id: 'SendMessageResponse', examples: [{ success: true, message: exampleMessage }] });
export type SendMessageResponse = z.infer<typeof sendMessageResponse>;

/** The answer to `DELETE …/messages/{messageId}/events`: the message as it was kept. */
export const stopResponse = z.object({ success: z.literal(true), message }).meta({
  id: 'StopResponse',
  examples: [{ success: true, message: { ...exampleMessage, status: 'stopped' } }],
});
export type StopResponse = z.infer<typeof stopResponse>;

/** `GET …/messages/{messageId}/events?after=N`. */
export const eventsQuery = z.object({ after: z.coerce.number().int().min(0).default(0) });
export type EventsQuery = z.input<typeof eventsQuery>;

/**
 * One line of the NDJSON stream that answers `stream: true` and `GET …/messages/{messageId}/events`.
 * `seq` counts the events of one generation from 1; `?after=N` replays what came after event N. A stream that begins with
 * `start` tells the answer from its beginning (the relay does not remember what event N was); a `status` without `seq`
 * only says that the answer is still being made.
 */
export const chatEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('start'), messageId, userMessageId: messageId.optional(), seq: z.int().optional() }),
    z.object({
      type: z.literal('status'),
      status: z.enum(['queued', 'loading', 'generating']),
      seq: z.int().optional(),
    }),
    z.object({ type: z.literal('chunk'), content: z.string(), seq: z.int().optional() }),
    z.object({
      type: z.literal('complete'),
      messageId,
      totalTokens: z.int(),
      /** `stopped`: ended by its person; what was said is kept. */
      status: z.enum(['complete', 'stopped']).optional(),
      seq: z.int().optional(),
    }),
    z.object({
      type: z.literal('error'),
      messageId,
      error: z.string(),
      message: z.string(),
      code: z.int(),
      seq: z.int().optional(),
    }),
  ])
  .meta({
    id: 'ChatEvent',
    description: 'One line of the stream. Ignore types and fields that you do not know.',
    examples: [
      { type: 'start', messageId: exampleMessage.id },
      { type: 'chunk', content: 'Machine learning is' },
      { type: 'chunk', content: ' a subset of artificial' },
      { type: 'chunk', content: ' intelligence...' },
      { type: 'complete', messageId: exampleMessage.id, totalTokens: 150 },
    ],
  });
export type ChatEvent = z.infer<typeof chatEvent>;
