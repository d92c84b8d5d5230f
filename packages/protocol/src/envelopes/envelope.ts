import { z } from 'zod';

/**
 * The specification's WebSocket message: `{type, id, timestamp, payload}`.
 * Envelopes without id or timestamp are accepted (the specification's own examples have neither).
 */
export function envelope<Type extends string, Payload extends z.ZodType>(type: Type, payload: Payload) {
  return z.object({
    type: z.literal(type),
    id: z.string().max(128).optional(),
    timestamp: z.string().max(64).optional(),
    payload,
  });
}

/** A text message, in bytes: a chat request with its whole history fits, a flood does not. */
export const MAX_ENVELOPE_BYTES = 4 * 1024 * 1024;
