import { z } from 'zod';
import { generationOptions } from '../api/generation-options.ts';
import { envelope } from './envelope.ts';

/**
 * Asks for an answer; its replies carry this envelope's id as `requestId`. A message of the queue is sent again under the
 * same id until it is accepted.
 */
export const chatRequest = envelope(
  'chat_request',
  z.object({
    model: z.string(),
    messages: z.array(
      z.object({
        role: z.enum(['system', 'user', 'assistant']),
        content: z.string(),
        /** Base64, as Ollama takes them. */
        images: z.array(z.string()).optional(),
      }),
    ),
    stream: z.boolean(),
    options: generationOptions.optional(),
    /** It comes from the queue: the answer is to be kept until `chat_received`. */
    queued: z.boolean().optional(),
  }),
);

/** The person stopped it, or nobody wants the answer any more. */
export const chatCancel = envelope('chat_cancel', z.object({ requestId: z.string() }));

/** The relay has stored the end of this request: the bridge may forget it. */
export const chatReceived = envelope('chat_received', z.object({ requestId: z.string() }));

export const relayToBridge = z.discriminatedUnion('type', [chatRequest, chatCancel, chatReceived]);
export type RelayToBridge = z.infer<typeof relayToBridge>;
export type ChatRequest = z.infer<typeof chatRequest>;
