import { z } from 'zod';
import { attachmentId, bridgeId, EXAMPLE_UUID, messageId } from '../ids.ts';
import { attachment } from './attachments.ts';

/** A message's text, in characters: far above what people type, far below what hurts. */
export const MAX_CONTENT_CHARACTERS = 200_000;
export const MAX_ATTACHMENTS_PER_MESSAGE = 8;

/**
 * What has become of a message. `queued`: it waits for a computer; `loading`: nothing has been said yet; `streaming`:
 * something has. `interrupted`: the relay was stopped meanwhile.
 */
export const messageStatus = z.enum(['queued', 'loading', 'streaming', 'complete', 'stopped', 'failed', 'interrupted']);
export type MessageStatus = z.infer<typeof messageStatus>;

/** Messages that are still being made. */
export const RUNNING_STATUSES = ['queued', 'loading', 'streaming'] as const satisfies readonly MessageStatus[];

/** A call of a tool, as the engine reports it. */
export const toolCall = z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) });
export type ToolCall = z.infer<typeof toolCall>;

/** How an answer was made; times in milliseconds, as the engine reports them unless said otherwise. */
export const answerMetadata = z
  .object({
    bridgeId: bridgeId.optional(),
    bridgeName: z.string().optional(),
    failedOver: z
      .array(z.object({ bridgeId, bridgeName: z.string(), reason: z.string() }))
      .optional()
      .meta({ description: 'Computers that were asked before, in their order, and why they did not answer.' }),
    promptTokens: z.int().optional(),
    answerTokens: z.int().optional(),
    loadMs: z.number().optional(),
    promptMs: z.number().optional(),
    answerMs: z.number().optional(),
    firstTokenMs: z.number().optional().meta({ description: 'From asking to the first word, as the relay saw it.' }),
    thinkingMs: z.number().optional().meta({ description: 'How long it reasoned, as the relay saw it.' }),
  })
  .meta({ id: 'AnswerMetadata' });
export type AnswerMetadata = z.infer<typeof answerMetadata>;

const exampleMessage = {
  id: `msg-${EXAMPLE_UUID}`,
  role: 'assistant',
  content: 'Machine learning is a subset of artificial intelligence...',
  status: 'complete',
  created: '2025-06-20T16:30:00.000Z',
  parentId: null,
  model: 'llama3.2:1b',
  totalTokens: 150,
  metadata: { promptTokens: 26, answerTokens: 124, loadMs: 12, answerMs: 1480 },
};

export const message = z
  .object({
    id: messageId,
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    status: messageStatus,
    created: z.iso.datetime(),
    parentId: messageId.nullable().meta({ description: 'What it follows; null for a first message.' }),
    thinking: z.string().optional().meta({ description: 'What the model reasoned before it answered.' }),
    toolCalls: z.array(toolCall).optional(),
    attachments: z.array(attachment).optional(),
    model: z.string().optional(),
    totalTokens: z.int().optional(),
    metadata: answerMetadata.optional(),
    expires: z.iso.datetime().optional().meta({ description: 'Until when a queued message waits.' }),
    error: z
      .object({ code: z.string(), message: z.string() })
      .optional()
      .meta({ description: 'Why a failed or interrupted message ended.' }),
  })
  .meta({ id: 'Message', examples: [exampleMessage] });
export type Message = z.infer<typeof message>;

/** `GET /api/chat/conversations/{conversationId}/messages`. */
export const listMessagesQuery = z.object({
  branches: z
    .enum(['current', 'all'])
    .default('current')
    .meta({ description: '`current`: from the first message to `currentMessageId`. `all`: every message there is.' }),
});
export type ListMessagesQuery = z.input<typeof listMessagesQuery>;
export const messageList = z
  .object({ messages: z.array(message) })
  .meta({ id: 'MessageList', examples: [{ messages: [exampleMessage] }] });
export type MessageList = z.infer<typeof messageList>;

/** What is the same in all requests for an answer. */
const wanted = z.object({
  stream: z.boolean().default(true),
  model: z.string().trim().min(1).max(200).optional().meta({ description: 'For this answer alone.' }),
  bridgeId: bridgeId.optional().meta({ description: 'The computer that shall answer; absent: whichever can.' }),
  ifOffline: z
    .enum(['fail', 'wait'])
    .default('fail')
    .meta({ description: '`wait`: the message is queued until a computer with the model is there.' }),
});

/** `POST /api/chat/conversations/{conversationId}/messages`. */
export const sendMessageRequest = z
  .object({
    content: z.string().min(1).max(MAX_CONTENT_CHARACTERS),
    ...wanted.shape,
    parentId: messageId
      .nullable()
      .optional()
      .meta({
        description:
          'The answer that this follows; absent: the current one. The `parentId` of an earlier question edits that ' +
          'question: a new branch begins beside it. null: a new first message.',
      }),
    attachments: z.array(attachmentId).max(MAX_ATTACHMENTS_PER_MESSAGE).optional(),
  })
  .meta({ id: 'SendMessageRequest', examples: [{ content: 'What is machine learning?', stream: true }] });
export type SendMessageRequest = z.input<typeof sendMessageRequest>;

/** `POST …/messages/{messageId}/regenerate`: another answer beside this one; `POST …/continue`: more of this one. */
export const answerAgainRequest = wanted.meta({ id: 'AnswerAgainRequest', examples: [{ stream: true }] });
export type AnswerAgainRequest = z.input<typeof answerAgainRequest>;

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

/** The answer to `DELETE …/messages/{messageId}`: it, and all that followed it. */
export const messagesDeleted = z.object({ success: z.literal(true), messageIds: z.array(messageId) }).meta({
  id: 'MessagesDeleted',
  examples: [{ success: true, messageIds: [exampleMessage.id] }],
});
export type MessagesDeleted = z.infer<typeof messagesDeleted>;
