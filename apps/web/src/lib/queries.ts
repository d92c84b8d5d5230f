import { QueryClient } from '@tanstack/react-query';

/** What pages have asked the relay, kept while it is fresh. Tries again are the SDK's own. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: 30_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}
