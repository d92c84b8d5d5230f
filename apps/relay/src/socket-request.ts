import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { RelayError } from './errors.ts';

/** Of `Sec-WebSocket-Protocol: c2l.v1, bearer.<token>` only this one is echoed. */
export const SUBPROTOCOL = 'c2l.v1';
const BEARER_SUBPROTOCOL = 'bearer.';
/** The longest token that is looked at. */
const MAX_TOKEN_BYTES = 8192;
/** A peer answers a close frame at once, or its socket is cut: shutting down waits for all of them. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Makes a WebSocket of an upgrade request; `headers` go on its answer. @throws RelayError bad_request */
export type TakeSocket = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  taken: { headers: Record<string, string>; open: (webSocket: WebSocket) => void },
) => void;

/** For WebSockets whose messages have at most `maxPayload` bytes. */
export function socketTaker({ maxPayload, autoPong = true }: { maxPayload: number; autoPong?: boolean }): TakeSocket {
  const options = {
    noServer: true,
    maxPayload,
    autoPong,
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
  return (request, socket, head, { headers, open }) => {
    charges.set(request, headers);
    server.handleUpgrade(request, socket, head, open);
  };
}

/**
 * From the Authorization header or, for clients that can't set it, from the subprotocols. Never from the URL.
 * @throws RelayError unauthorized; `hint` says which token to send.
 */
export function socketToken({ headers }: IncomingMessage, hint: string): string {
  const bearer = /^Bearer ([^\s,]+)$/i.exec(headers.authorization ?? '')?.[1];
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const token = bearer ?? offered.find((name) => name.startsWith(BEARER_SUBPROTOCOL))?.slice(BEARER_SUBPROTOCOL.length);
  if (!token || token.length > MAX_TOKEN_BYTES) throw new RelayError('unauthorized', hint);
  return token;
}

/** Which pages may open WebSockets: those of the relay's own origin and of these. */
export interface SocketOrigins {
  publicUrl: () => URL;
  allowsOrigin?: (origin: string) => boolean;
}

/** @throws RelayError forbidden for a page of another origin; programs send none. */
export function requireOrigin(
  { headers: { origin } }: IncomingMessage,
  { publicUrl, allowsOrigin }: SocketOrigins,
): void {
  if (origin === undefined || origin === publicUrl().origin || allowsOrigin?.(origin) === true) return;
  throw new RelayError('forbidden', `WebSocket connections from the origin ${origin.slice(0, 200)} are not allowed.`);
}
