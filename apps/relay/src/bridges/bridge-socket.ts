import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { bridgeId, MAX_ENVELOPE_BYTES } from '@cloudtolocalllm/protocol';
import { WebSocketServer } from 'ws';
import { RelayError } from '../errors.ts';
import type { BridgeIdentity } from './bridge-connection.ts';
import type { LinkHub } from './link-hub.ts';

export const BRIDGE_SOCKET_PREFIX = '/ws/bridge/';
/** Of `Sec-WebSocket-Protocol: c2l.v1, bearer.<token>` only this one is echoed. */
export const SUBPROTOCOL = 'c2l.v1';
const BEARER_SUBPROTOCOL = 'bearer.';
/** A session token is a few hundred bytes. */
const MAX_TOKEN_BYTES = 8192;
/** A peer answers a close frame at once, or its socket is cut: shutting down waits for all of them. */
const CLOSE_TIMEOUT_MS = 2_000;

export interface BridgeSocketOptions {
  hub: LinkHub;
  /** The origin browsers may connect from; a bridge sends none. */
  publicUrl: () => URL;
  /** Checks a session token and that its bridge exists. Throws RelayError. */
  identify: (token: string) => Promise<{ identity: BridgeIdentity; expires: Date }>;
  /** Further origins that browsers may connect from. */
  allowsOrigin?: (origin: string) => boolean;
  /** Counts the request against its bridge; returns headers of the answer. @throws RelayError rate_limited */
  charge?: (bridgeId: string) => Promise<Record<string, string>>;
}

/**
 * `/ws/bridge/{bridgeId}`: takes the upgrade request of a bridge, checks its session token before a single WebSocket
 * frame is read, and hands the socket to the hub. Throws RelayError when it must be refused.
 */
export function bridgeSocket({ hub, publicUrl, identify, allowsOrigin, charge }: BridgeSocketOptions) {
  const options = {
    noServer: true,
    maxPayload: MAX_ENVELOPE_BYTES,
    perMessageDeflate: false, // measured: 30 times slower on tokens
    clientTracking: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: (offered: ReadonlySet<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  };
  const server = new WebSocketServer(options); // not a literal: @types/ws lacks `closeTimeout`
  const charges = new WeakMap<IncomingMessage, Record<string, string>>();
  server.on('headers', (lines, request) => {
    for (const [name, value] of Object.entries(charges.get(request) ?? {})) lines.push(`${name}: ${value}`);
  });
  // It is told within handleUpgrade, so what is thrown here leaves that; unheard, it is answered in another format.
  server.on('wsClientError', ({ message }) => {
    const headers = { 'Sec-WebSocket-Version': '13' };
    throw new RelayError('bad_request', `This is no request for a WebSocket: ${message}.`, { headers });
  });

  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const id = (request.url ?? '').split('?', 1)[0]!.slice(BRIDGE_SOCKET_PREFIX.length);
    if (hub.draining) throw new RelayError('shutting_down', 'The relay is restarting. Try again in a moment.');
    if (!bridgeId.safeParse(id).success) throw new RelayError('not_found', 'There is no such bridge.');
    const { origin } = request.headers;
    if (origin !== undefined && origin !== publicUrl().origin && allowsOrigin?.(origin) !== true) {
      throw new RelayError(
        'forbidden',
        `WebSocket connections from the origin ${origin.slice(0, 200)} are not allowed.`,
      );
    }
    const { identity, expires } = await identify(sessionToken(request));
    // Another user's bridge does not exist for this one.
    if (identity.bridgeId !== id) throw new RelayError('not_found', 'There is no such bridge.');
    // By the string that its connection keeps anyway, not by a piece of the URL: half the memory of an idle bridge's count.
    if (charge) charges.set(request, await charge(identity.bridgeId));
    server.handleUpgrade(request, socket, head, (webSocket) => hub.accept(webSocket, identity, expires));
  };
}

/** From the Authorization header or, for clients that can't set it, from the subprotocols. Never from the URL. */
function sessionToken({ headers }: IncomingMessage): string {
  const bearer = /^Bearer ([^\s,]+)$/i.exec(headers.authorization ?? '')?.[1];
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const token = bearer ?? offered.find((name) => name.startsWith(BEARER_SUBPROTOCOL))?.slice(BEARER_SUBPROTOCOL.length);
  if (!token || token.length > MAX_TOKEN_BYTES) {
    throw new RelayError(
      'unauthorized',
      'Send the session token of POST /api/bridge/register as "Authorization: Bearer …".',
    );
  }
  return token;
}
