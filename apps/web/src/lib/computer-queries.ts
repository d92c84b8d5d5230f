import type { BridgeStatus, Client } from '@cloudtolocalllm/sdk';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';

/** All that was asked about the models of a computer. */
export const modelsKey = (bridgeId: string) => ['models', bridgeId] as const;

/** What an engine has in memory changes without a word: it is asked again, at a pace that leaves most of the 1000 requests an hour. */
const AGAIN_MS = 30_000;
/** The relay keeps one sample a minute. */
const LOAD_AGAIN_MS = 60_000;

/** The models of one computer, with what is in memory; asked for anew when the computer says that they are others. */
export function installedModels({ models }: Pick<Client, 'models'>, { bridgeId, client }: BridgeStatus) {
  return queryOptions({
    queryKey: [...modelsKey(bridgeId), client.ollamaStatus, client.mayManageModels, ...client.models],
    queryFn: ({ signal }) => models.installed(bridgeId, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 5_000,
    refetchInterval: AGAIN_MS,
  });
}

/** The load of one computer over the last hour. */
export function loadSamples({ bridges }: Pick<Client, 'bridges'>, bridgeId: string) {
  return queryOptions({
    queryKey: ['load', bridgeId],
    queryFn: ({ signal }) => bridges.load(bridgeId, { signal }),
    refetchInterval: LOAD_AGAIN_MS,
  });
}
