import type { SearchQuery, SearchResults } from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type SearchCalls = ReturnType<typeof searchCalls>;

export function searchCalls(transport: Transport) {
  return {
    /** Finds words in titles and messages, the best first. */
    find: (q: string, { signal, limit, offset }: Numbers & CallOptions = {}): Promise<SearchResults> => {
      const query: Pick<SearchQuery, 'q'> & Numbers = { q, limit, offset };
      return transport.json<SearchResults>('GET', '/api/chat/search', { query, signal });
    },
  };
}

type Numbers = { limit?: number; offset?: number };
