import { z } from 'zod';
import { bridgeId, EXAMPLE_UUID, messageId } from '../ids.ts';
import { generationOptions } from './generation-options.ts';
import { MAX_CONTENT_CHARACTERS } from './messages.ts';

/** How long a message waits for its bridge unless it says otherwise, and at the most: a day, a week. */
export const QUEUE_EXPIRY_SECONDS = 24 * 60 * 60;
export const MAX_QUEUE_EXPIRY_SECONDS = 7 * QUEUE_EXPIRY_SECONDS;

/** `POST /api/bridge/{bridgeId}/message`. */
export const bridgeMessageRequest = z
  .object({
    type: z.literal('chat'),
    payload: z.object({
      model: z.string().trim().min(1).max(200),
      messages: z
        .array(
          z.object({
            role: z.enum(['system', 'user', 'assistant']),
            content: z.string().max(MAX_CONTENT_CHARACTERS),
          }),
        )
        .min(1)
        .max(1000),
      stream: z
        .boolean()
        .default(true)
        .meta({ description: 'Whether its events come word by word; they are kept either way.' }),
      options: generationOptions.optional(),
    }),
    expiresIn: z
      .int()
      .min(1)
      .max(MAX_QUEUE_EXPIRY_SECONDS)
      .default(QUEUE_EXPIRY_SECONDS)
      .meta({ description: 'Seconds that it may wait for its bridge.' }),
  })
  .meta({
    id: 'BridgeMessageRequest',
    examples: [
      {
        type: 'chat',
        payload: {
          model: 'llama3.2:1b',
          messages: [{ role: 'user', content: 'Hello, how are you?' }],
          stream: true,
        },
      },
    ],
  });
export type BridgeMessageRequest = z.input<typeof bridgeMessageRequest>;

/**
 * `queued`: it waits for its turn or its bridge. `running`: the bridge has it. `interrupted`: the bridge had begun it and
 * was started again or never came back; it is not run again unasked.
 */
export const bridgeMessageStatus = z.enum([
  'queued',
  'running',
  'complete',
  'failed',
  'cancelled',
  'expired',
  'interrupted',
]);
export type BridgeMessageStatus = z.infer<typeof bridgeMessageStatus>;

/** The answer to POST. */
export const bridgeMessageQueued = z
  .object({ success: z.literal(true), messageId, status: bridgeMessageStatus, position: z.int().optional() })
  .meta({
    id: 'BridgeMessageQueued',
    examples: [{ success: true, messageId: `msg-${EXAMPLE_UUID}`, status: 'queued', position: 1 }],
  });
export type BridgeMessageQueued = z.infer<typeof bridgeMessageQueued>;

const exampleMessage = {
  messageId: `msg-${EXAMPLE_UUID}`,
  bridgeId: `bridge-${EXAMPLE_UUID}`,
  type: 'chat',
  status: 'complete',
  created: '2025-06-20T16:52:20.850Z',
  expires: '2025-06-21T16:52:20.850Z',
  result: { content: 'I am fine, thank you.', model: 'llama3.2:1b', totalTokens: 21 },
};

/** `GET /api/bridge/{bridgeId}/message/{messageId}`. */
export const bridgeMessage = z
  .object({
    messageId,
    bridgeId,
    type: z.literal('chat'),
    status: bridgeMessageStatus,
    created: z.iso.datetime(),
    expires: z.iso.datetime(),
    position: z.int().optional().meta({ description: 'From 1, while it is queued.' }),
    result: z
      .object({
        content: z.string(),
        thinking: z.string().optional(),
        model: z.string(),
        totalTokens: z.int().optional(),
      })
      .optional()
      .meta({ description: 'What was said so far, or all of it.' }),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  })
  .meta({ id: 'BridgeMessage', examples: [exampleMessage] });
export type BridgeMessage = z.infer<typeof bridgeMessage>;

/** `GET /api/bridge/{bridgeId}/message`: what waits or runs, in its order, then what has ended, newest first. */
export const bridgeMessageList = z
  .object({ messages: z.array(bridgeMessage) })
  .meta({ id: 'BridgeMessageList', examples: [{ messages: [exampleMessage] }] });
export type BridgeMessageList = z.infer<typeof bridgeMessageList>;

/** `DELETE /api/bridge/{bridgeId}/message/{messageId}`. */
export const bridgeMessageCancelled = z.object({ success: z.literal(true), message: bridgeMessage }).meta({
  id: 'BridgeMessageCancelled',
  examples: [{ success: true, message: { ...exampleMessage, status: 'cancelled' } }],
});
export type BridgeMessageCancelled = z.infer<typeof bridgeMessageCancelled>;
