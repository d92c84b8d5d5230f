import type {
  PushState,
  PushSubscription,
  PushTestAnswer,
  SubscribeToPushAnswer,
  SubscribeToPushRequest,
} from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions } from './account.ts';
import type { Transport } from './transport.ts';

export type PushCalls = ReturnType<typeof pushCalls>;

/** Browsers that get notices by Web Push; which ones come is in `notifications` of `account.settings`. */
export function pushCalls(transport: Transport) {
  return {
    /** The person's browsers, and the `applicationServerKey` for `pushManager.subscribe`. */
    get: (options: CallOptions = {}): Promise<PushState> => transport.json<PushState>('GET', PATH, options),
    /** What `PushSubscription.toJSON()` gave, and a name. */
    subscribe: async (body: SubscribeToPushRequest, options: CreateOptions = {}): Promise<PushSubscription> =>
      (await transport.create<SubscribeToPushAnswer>(`${PATH}/subscriptions`, { ...options, body })).subscription,
    unsubscribe: async (id: string, options: CallOptions = {}): Promise<void> => {
      await transport.json<unknown>('DELETE', `${PATH}/subscriptions/${encodeURIComponent(id)}`, options);
    },
    /** Sends a notice to all of them, and tells how that went. */
    test: async (options: CallOptions = {}): Promise<PushTestAnswer['results']> =>
      (await transport.json<PushTestAnswer>('POST', `${PATH}/test`, options)).results,
  };
}

const PATH = '/api/push';
