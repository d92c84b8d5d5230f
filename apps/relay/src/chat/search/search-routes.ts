import { searchQuery, searchResults } from '@cloudtolocalllm/protocol';
import type { Api } from '../../api.ts';
import type { RelayDatabase } from '../../storage/database.ts';
import { searchStore } from './search-store.ts';

/** `GET /api/chat/search`. */
export function searchRoutes(api: Api, { database }: { database: Pick<RelayDatabase, 'kysely'> }): void {
  const store = searchStore(database.kysely);
  api.get(
    '/api/chat/search',
    {
      config: { access: 'chat' },
      schema: {
        operationId: 'searchChats',
        summary: 'Search titles and messages',
        description:
          'All words have to be there, in any case and with or without accents; of the last one its first letters are ' +
          'enough (two at least), and words in "quotes" have to follow each other. The first 16 words count. Titles ' +
          'come before messages, the best first; of words that are nearly everywhere, the newest first. What the ' +
          'model reasoned is not searched, and an answer is found when it has ended.',
        tags: ['Chat'],
        querystring: searchQuery,
        response: { 200: searchResults },
      },
    },
    (request) => store.search(request.user.id, request.query),
  );
}
