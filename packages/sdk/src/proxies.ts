import type {
  CreateProxyRequest,
  CreateProxyResponse,
  ProxyConfig,
  ProxyDeleted,
  ProxyList,
  ProxyQuery,
  ProxyStatus,
} from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions } from './account.ts';
import { baseUrls, type BaseUrls } from './base-urls.ts';
import type { Transport } from './transport.ts';

export type ProxyCalls = ReturnType<typeof proxyCalls>;

/** A proxy as it was made: where it is, how to come in, and its addresses for each kind of client. */
export type NewProxy = Pick<CreateProxyResponse, 'proxyId' | 'endpoint' | 'credentials'> & BaseUrls;

/** Doors to one computer for one session, one script or one friend, each with its own token, limits and figures. */
export function proxyCalls(transport: Transport) {
  const path = (proxyId: string): string => `${PATH}/${encodeURIComponent(proxyId)}`;

  return {
    /** Makes one. Its token is shown this once: give it out like an API key. */
    create: async (
      bridgeId: string,
      { name, signal, idempotencyKey, ...config }: ProxyConfig & { name?: string } & CreateOptions = {},
    ): Promise<NewProxy> => {
      const body: CreateProxyRequest = { bridgeId, name, config };
      const made = await transport.create<CreateProxyResponse>(`${PATH}/create`, { body, signal, idempotencyKey });
      const { proxyId, endpoint, credentials } = made;
      return { proxyId, endpoint, credentials, ...baseUrls(endpoint) };
    },
    /** Those that run, then those that have ended, newest first. */
    list: ({ signal, ...query }: ProxyQueryNumbers & CallOptions = {}): Promise<ProxyList> =>
      transport.json<ProxyList>('GET', PATH, { query, signal }),
    /** What it does and has done; of one that has ended, its last figures and why it ended. */
    status: (proxyId: string, options: CallOptions = {}): Promise<ProxyStatus> =>
      transport.json<ProxyStatus>('GET', `${path(proxyId)}/status`, options),
    /** Ends it: its token is dead, and what runs through it breaks off. */
    end: async (proxyId: string, options: CallOptions = {}): Promise<void> => {
      await transport.json<ProxyDeleted>('DELETE', path(proxyId), options);
    },
  };
}

const PATH = '/api/streaming/proxy';

type ProxyQueryNumbers = { [Name in keyof ProxyQuery]?: number };
