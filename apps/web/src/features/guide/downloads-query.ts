import type { Client } from '@cloudtolocalllm/sdk';
import { queryOptions } from '@tanstack/react-query';

/** What this relay hands out to be installed; it stays so while the page is open. */
export function downloadsQuery({ downloads }: Pick<Client, 'downloads'>) {
  return queryOptions({
    queryKey: ['downloads'],
    queryFn: ({ signal }) => downloads.list({ signal }),
    staleTime: Infinity,
  });
}
