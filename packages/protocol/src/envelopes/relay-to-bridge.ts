import { z } from 'zod';
import { envelope } from './envelope.ts';

/** Asks a JSON-only bridge for an answer; its replies carry this envelope's id as `requestId`. */
export const chatRequest = envelope(
  'chat_request',
  z.object({
    model: z.string(),
    messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
    stream: z.boolean(),
  }),
);

/** The person stopped it, or nobody wants the answer any more. */
export const chatCancel = envelope('chat_cancel', z.object({ requestId: z.string() }));

export const relayToBridge = z.discriminatedUnion('type', [chatRequest, chatCancel]);
export type RelayToBridge = z.infer<typeof relayToBridge>;
export type ChatRequest = z.infer<typeof chatRequest>;
