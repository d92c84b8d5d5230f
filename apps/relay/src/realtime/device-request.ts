import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { conversationId, type Right, MAX_REALTIME_MESSAGE_BYTES } from '@cloudtolocalllm/protocol';
import type { Authenticator } from '../accounts/authenticate.ts';
import type { User } from '../accounts/rights.ts';
import { RelayError } from '../errors.ts';
import { clientAddress } from '../limits/client-address.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import { requireOrigin, type SocketOrigins, socketTaker, socketToken } from '../socket-request.ts';
import type { UpgradeHandler } from '../upgrade.ts';
import type { RealtimeHub } from './realtime-hub.ts';
import { STATUS_RIGHTS, type Topic } from './topic.ts';

export const CHAT_SOCKET_PREFIX = '/ws/chat/';
export const STATUS_SOCKET_PREFIX = '/ws/status/';
const TOKEN_HINT =
  'Send an access token or an API key as "Authorization: Bearer …", or as the subprotocols "c2l.v1, bearer.…".';
/** An event's id is shorter. */
const MAX_AFTER = 128;

export interface DeviceSocketsOptions extends SocketOrigins {
  hub: RealtimeHub;
  authenticator: Authenticator;
  limits: Pick<RequestLimits, 'sockets' | 'chargeUserSocket' | 'trustedProxies'>;
  isDraining: () => boolean;
  /** Whether this conversation is this user's. */
  ownsConversation: (userId: string, conversationId: string) => Promise<boolean>;
}

/**
 * `/ws/chat/{conversationId}` and `/ws/status/{userId}`: takes the upgrade requests of people's devices, checks who asks
 * before a single frame is read, and hands the socket to the hub. Throws RelayError when it must be refused.
 */
export function deviceSockets(options: DeviceSocketsOptions): Record<string, UpgradeHandler> {
  const { hub, authenticator, limits, isDraining, ownsConversation, ...origins } = options;
  // Answers to pings are counted and held back like everything else.
  const take = socketTaker({ maxPayload: MAX_REALTIME_MESSAGE_BYTES, autoPong: false });

  const handler =
    (prefix: string, findTopic: (user: User, id: string) => Promise<Topic> | Topic): UpgradeHandler =>
    async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
      const [path = '', query = ''] = (request.url ?? '').split('?', 2);
      if (isDraining()) throw new RelayError('shutting_down', 'The relay is restarting. Try again in a moment.');
      requireOrigin(request, origins);
      const token = socketToken(request, TOKEN_HINT);
      const user = await authenticator.authenticate(token, clientAddress(request, limits.trustedProxies));
      const topic = await findTopic(user, path.slice(prefix.length));
      const headers = await limits.chargeUserSocket(user.id);
      // It went away meanwhile: its close was told already, and nothing would ever free its place.
      if (socket.destroyed) return;
      const slot = limits.sockets.take(user.id);
      socket.once('close', () => slot[Symbol.dispose]());
      const after = new URLSearchParams(query).get('after')?.slice(0, MAX_AFTER);
      take(request, socket, head, {
        headers,
        open: (webSocket) => hub.accept(webSocket, { topic, user, token, after }),
      });
    };

  return {
    [CHAT_SOCKET_PREFIX]: handler(CHAT_SOCKET_PREFIX, async (user, id) => {
      if (!user.rights.has('chat')) throw missingScope(['chat']);
      if (!conversationId.safeParse(id).success || !(await ownsConversation(user.id, id))) {
        throw new RelayError('not_found', 'There is no such conversation.');
      }
      return { type: 'chat', conversationId: id };
    }),
    [STATUS_SOCKET_PREFIX]: handler(STATUS_SOCKET_PREFIX, (user, id) => {
      if (!STATUS_RIGHTS.some((right) => user.rights.has(right))) throw missingScope(STATUS_RIGHTS);
      if (decoded(id) !== user.id) throw new RelayError('not_found', 'There is no such user.');
      return { type: 'status' };
    }),
  };
}

function missingScope(needed: readonly Right[]): RelayError {
  const names = needed.map((name) => `"${name}"`).join(' or ');
  return new RelayError('forbidden', `This token does not have the scope ${names}.`);
}

/** Undefined for what is not encoded as it should be. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
