import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { bridgeId, MAX_ENVELOPE_BYTES } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import { requireOrigin, type SocketOrigins, socketTaker, socketToken } from '../socket-request.ts';
import type { BridgeIdentity } from './bridge-connection.ts';
import type { LinkHub } from './link-hub.ts';

export const BRIDGE_SOCKET_PREFIX = '/ws/bridge/';
const TOKEN_HINT = 'Send the session token of POST /api/bridge/register as "Authorization: Bearer …".';

export interface BridgeSocketOptions extends SocketOrigins {
  hub: LinkHub;
  /** Checks a session token and that its bridge exists. Throws RelayError. */
  identify: (token: string) => Promise<{ identity: BridgeIdentity; expires: Date }>;
  /** Counts the request against its bridge; returns headers of the answer. @throws RelayError rate_limited */
  charge?: (bridgeId: string) => Promise<Record<string, string>>;
}

/**
 * `/ws/bridge/{bridgeId}`: takes the upgrade request of a bridge, checks its session token before a single WebSocket
 * frame is read, and hands the socket to the hub. Throws RelayError when it must be refused.
 */
export function bridgeSocket({ hub, identify, charge, ...origins }: BridgeSocketOptions) {
  const take = socketTaker({ maxPayload: MAX_ENVELOPE_BYTES });

  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const id = (request.url ?? '').split('?', 1)[0]!.slice(BRIDGE_SOCKET_PREFIX.length);
    if (hub.draining) throw new RelayError('shutting_down', 'The relay is restarting. Try again in a moment.');
    if (!bridgeId.safeParse(id).success) throw new RelayError('not_found', 'There is no such bridge.');
    requireOrigin(request, origins);
    const { identity, expires } = await identify(socketToken(request, TOKEN_HINT));
    // Another user's bridge does not exist for this one.
    if (identity.bridgeId !== id) throw new RelayError('not_found', 'There is no such bridge.');
    // By the string that its connection keeps anyway, not by a piece of the URL: half the memory of an idle bridge's count.
    const headers = (await charge?.(identity.bridgeId)) ?? {};
    take(request, socket, head, { headers, open: (webSocket) => hub.accept(webSocket, identity, expires) });
  };
}
