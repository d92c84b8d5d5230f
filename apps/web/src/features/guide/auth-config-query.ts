import type { Client } from '@cloudtolocalllm/sdk';
import { queryOptions } from '@tanstack/react-query';

/** Who signs people in here; it stays so while the page is open. */
export function authConfigQuery({ account }: Pick<Client, 'account'>) {
  return queryOptions({
    queryKey: ['auth-config'],
    queryFn: ({ signal }) => account.authConfig({ signal }),
    staleTime: Infinity,
  });
}
