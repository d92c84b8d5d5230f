import { z } from 'zod';
import { conversationId, EXAMPLE_UUID, messageId } from '../ids.ts';

/** `GET /api/chat/search`. */
export const searchQuery = z.object({
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .meta({ description: 'Words; all of them must be there. "…" = a phrase.', examples: ['machine learning'] }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  offset: z.coerce.number().int().min(0).max(10_000).default(0),
});
export type SearchQuery = z.input<typeof searchQuery>;

export const searchResult = z
  .object({
    conversationId,
    title: z.string(),
    archived: z.boolean(),
    updated: z.iso.datetime(),
    messageId: messageId.optional().meta({ description: 'Absent when the words are in the title.' }),
    role: z.enum(['user', 'assistant']).optional(),
    snippet: z
      .array(z.object({ text: z.string(), match: z.boolean() }))
      .meta({ description: 'Pieces of the text around the words, in their order; `match`: to be highlighted.' }),
  })
  .meta({ id: 'SearchResult' });
export type SearchResult = z.infer<typeof searchResult>;

/** Best first. */
export const searchResults = z.object({ results: z.array(searchResult), hasMore: z.boolean() }).meta({
  id: 'SearchResults',
  examples: [
    {
      results: [
        {
          conversationId: `conv-${EXAMPLE_UUID}`,
          title: 'Chat about AI',
          archived: false,
          updated: '2025-06-20T16:30:00.000Z',
          messageId: `msg-${EXAMPLE_UUID}`,
          role: 'user',
          snippet: [
            { text: 'What is ', match: false },
            { text: 'machine', match: true },
            { text: ' learning?', match: false },
          ],
        },
      ],
      hasMore: false,
    },
  ],
});
export type SearchResults = z.infer<typeof searchResults>;
