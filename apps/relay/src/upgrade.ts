import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from '@cloudtolocalllm/protocol';
import type { Logger } from 'pino';
import { logFailure, toRelayError } from './error-handler.ts';
import { errorBody, RelayError } from './errors.ts';

/** Takes an upgrade request over or throws the error to answer it with. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

/**
 * For the server's options: only WebSockets are upgrades. RFC 9110, 7.8: an upgrade to anything else (curl asks for h2c)
 * may be ignored, and the request is answered.
 */
export function shouldUpgradeCallback({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** Lets WebSocket requests through to the handler of their path; refuses all others in the error format. */
export function handleUpgrades(server: Server, routes: Record<string, UpgradeHandler>, log: Logger): void {
  server.on('upgrade', (request, socket, head) => {
    // Until a handler takes over nobody else listens, and an unheard error ends the process.
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    const [path = ''] = (request.url ?? '').split('?', 1);
    const [, handler] = Object.entries(routes).find(([prefix]) => path.startsWith(prefix)) ?? [];
    const handled = handler
      ? handler(request, socket, head)
      : Promise.reject(new RelayError('not_found', 'There is no WebSocket at this address.'));
    handled
      .catch((error: Error) => refuse(error, path, socket, log))
      .finally(() => socket.off('error', onError))
      .catch(() => socket.destroy());
  });
}

function refuse(error: Error, path: string, socket: Duplex, log: Logger): void {
  const known = toRelayError(error);
  const requestId = newId('req');
  if (known.status >= 500) logFailure(log, known, requestId);
  log.info({ reqId: requestId, method: 'GET', path, status: known.status, upgrade: true }, 'Answered');
  const body = JSON.stringify(errorBody(known, requestId));
  socket.on('error', () => {}); // it may go away while it is being told
  socket.once('finish', () => socket.destroy()); // its other half would stay open for as long as the peer likes
  socket.end(
    `HTTP/1.1 ${known.status} ${STATUS_CODES[known.status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `X-Request-Id: ${requestId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
