import { answerMetadata, EXAMPLE_UUID, generationOptions, messageStatus, toolCall } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { IMPORT_LIMITS } from './imported-conversation.ts';

/** How a file of ours says what it is. */
export const EXPORT_FORMAT = 'cloudtolocalllm';
/** Raised when a reader of the last one would misunderstand. */
export const EXPORT_VERSION = 1;

const id = z.string().min(1).max(200);

const exportedAttachment = z.object({
  name: z.string().max(200),
  type: z.string().max(200).meta({ description: 'Its media type.' }),
  base64: z.string().meta({ description: 'Its bytes.' }),
});

export const exportedMessage = z
  .object({
    id,
    parentId: id.nullable(),
    role: z.enum(['user', 'assistant']),
    content: z.string().max(IMPORT_LIMITS.characters),
    status: messageStatus,
    created: z.iso.datetime(),
    thinking: z.string().max(IMPORT_LIMITS.characters).optional(),
    toolCalls: z.array(toolCall).max(1000).optional(),
    attachments: z.array(exportedAttachment).max(IMPORT_LIMITS.attachments).optional(),
    model: z.string().max(200).optional(),
    totalTokens: z.int().min(0).optional(),
    metadata: answerMetadata.optional(),
    error: z.object({ code: z.string().max(100), message: z.string().max(2000) }).optional(),
  })
  .meta({ id: 'ExportedMessage' });
export type ExportedMessage = z.infer<typeof exportedMessage>;

export const exportedConversation = z
  .object({
    id,
    title: z.string().min(1).max(1000),
    model: z.string().min(1).max(200),
    systemPrompt: z.string().max(IMPORT_LIMITS.characters).optional(),
    options: generationOptions.optional(),
    created: z.iso.datetime(),
    updated: z.iso.datetime(),
    pinned: z.boolean().default(false),
    archived: z.boolean().default(false),
    autoTitle: z.boolean().default(true),
    currentMessageId: id.optional(),
    messages: z
      .array(exportedMessage)
      .max(IMPORT_LIMITS.messages)
      .meta({ description: 'Of all branches; each after the one that it follows.' }),
  })
  .meta({ id: 'ExportedConversation' });

/** A file of `format=json`: what `POST /api/chat/import` takes too. */
export const exportFile = z
  .object({
    format: z.literal(EXPORT_FORMAT),
    version: z.literal(EXPORT_VERSION),
    exported: z.iso.datetime(),
    conversations: z.array(exportedConversation),
  })
  .meta({
    id: 'ExportFile',
    examples: [
      {
        format: EXPORT_FORMAT,
        version: EXPORT_VERSION,
        exported: '2025-06-20T17:00:00.000Z',
        conversations: [
          {
            id: `conv-${EXAMPLE_UUID}`,
            title: 'Chat about AI',
            model: 'llama3.2:1b',
            created: '2025-06-20T16:00:00.000Z',
            updated: '2025-06-20T16:30:00.000Z',
            pinned: false,
            archived: false,
            autoTitle: true,
            currentMessageId: `msg-${EXAMPLE_UUID}`,
            messages: [
              {
                id: `msg-${EXAMPLE_UUID}`,
                parentId: null,
                role: 'user',
                content: 'What is machine learning?',
                status: 'complete',
                created: '2025-06-20T16:29:00.000Z',
              },
            ],
          },
        ],
      },
    ],
  });
