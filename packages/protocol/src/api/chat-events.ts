import { z } from 'zod';
import { EXAMPLE_UUID, messageId } from '../ids.ts';
import { answerMetadata, toolCall } from './messages.ts';

/** `GET …/messages/{messageId}/events?after=N`. */
export const eventsQuery = z.object({ after: z.coerce.number().int().min(0).default(0) });
export type EventsQuery = z.input<typeof eventsQuery>;

const seq = z.int().optional();
const EXAMPLE_ID = `msg-${EXAMPLE_UUID}`;

/**
 * One line of the NDJSON stream that answers `stream: true` and `GET …/messages/{messageId}/events`.
 * `seq` counts the events of one generation upwards; `?after=N` replays what came after event N. When the relay does not
 * know what event N was, one `replace` has all that was said so far, in place of whatever the client has: text, reasoning
 * and tool calls. An answer that is continued begins again with `start` and `replace`, numbered behind everything that was
 * sent before. A `status` without `seq` only says that the answer is still being made.
 */
export const chatEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('start'), messageId, userMessageId: messageId.optional(), seq }),
    z.object({ type: z.literal('status'), status: z.enum(['queued', 'loading', 'generating']), seq }),
    z.object({ type: z.literal('chunk'), content: z.string(), seq }),
    z.object({ type: z.literal('thinking'), content: z.string(), seq }),
    z.object({ type: z.literal('tool_call'), toolCall, seq }),
    z.object({
      type: z.literal('replace'),
      messageId,
      content: z.string(),
      thinking: z.string().optional(),
      toolCalls: z.array(toolCall).optional(),
      seq,
    }),
    z.object({
      type: z.literal('complete'),
      messageId,
      totalTokens: z.int(),
      /** `stopped`: ended by its person; what was said is kept. */
      status: z.enum(['complete', 'stopped']).optional(),
      metadata: answerMetadata.optional(),
      seq,
    }),
    z.object({
      type: z.literal('error'),
      messageId,
      error: z.string(),
      message: z.string(),
      code: z.int(),
      seq,
    }),
  ])
  .meta({
    id: 'ChatEvent',
    description: 'One line of the stream. Ignore types and fields that you do not know.',
    examples: [
      { type: 'start', messageId: EXAMPLE_ID },
      { type: 'chunk', content: 'Machine learning is' },
      { type: 'chunk', content: ' a subset of artificial' },
      { type: 'chunk', content: ' intelligence...' },
      { type: 'complete', messageId: EXAMPLE_ID, totalTokens: 150 },
    ],
  });
export type ChatEvent = z.infer<typeof chatEvent>;
