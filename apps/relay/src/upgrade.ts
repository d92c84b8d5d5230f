import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from '@cloudtolocalllm/protocol';
import type { Logger } from 'pino';
import { errorHeaders, logFailure, toRelayError } from './error-handler.ts';
import { errorBody, RelayError } from './errors.ts';
import { loggedPath } from './logger.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** How the paths of its WebSockets begin. */
    upgradePaths: readonly string[];
  }
}

/** Takes an upgrade request over or throws the error to answer it with. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

/**
 * For the server's options: only WebSockets are upgrades. RFC 9110, 7.8: an upgrade to anything else (curl asks for h2c)
 * may be ignored, and the request is answered.
 */
export function shouldUpgradeCallback({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

export interface UpgradeOptions {
  log: Logger;
  /** Path and query by which the handler is found; absent: the request's own. */
  pathOf?: (request: IncomingMessage) => string;
  /** Counts a refused request; returns headers of its answer. @throws RelayError to be answered instead. */
  chargeRefused?: (request: IncomingMessage) => Promise<Record<string, string>>;
  /** Told why a request is refused, for the metrics. */
  failed?: (error: RelayError) => void;
}

/** Lets WebSocket requests through to the handler of their path; refuses all others in the error format. */
export function handleUpgrades(server: Server, routes: Record<string, UpgradeHandler>, options: UpgradeOptions): void {
  server.on('upgrade', (request, socket, head) => {
    // Until a handler takes over nobody else listens, and an unheard error ends the process.
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    const [path = ''] = (options.pathOf?.(request) ?? request.url ?? '').split('?', 1);
    const [, handler] = Object.entries(routes).find(([prefix]) => path.startsWith(prefix)) ?? [];
    const handled = handler
      ? handler(request, socket, head)
      : Promise.reject(new RelayError('not_found', 'There is no WebSocket at this address.'));
    handled
      .catch((error: Error) => refuse(error, request, socket, options))
      .finally(() => socket.off('error', onError))
      .catch(() => socket.destroy());
  });
  // Without a listener Node hangs up without a word.
  server.on('connect', (request, socket) => {
    socket.on('error', () => void socket.destroy());
    const error = new RelayError('method_not_allowed', 'CONNECT is not possible: the relay is no proxy of that kind.');
    refuse(error, request, socket, options).catch(() => socket.destroy());
  });
}

async function refuse(
  error: Error,
  request: IncomingMessage,
  socket: Duplex,
  { log, chargeRefused, failed }: UpgradeOptions,
): Promise<void> {
  let known = toRelayError(error);
  let charged = {};
  try {
    // What was counted against its bridge is not counted again.
    if (known.code !== 'rate_limited') charged = (await chargeRefused?.(request)) ?? {};
  } catch (usedUp) {
    known = toRelayError(usedUp as Error); // as: nothing else is thrown here
  }
  failed?.(known);
  const requestId = newId('req');
  if (known.status >= 500) logFailure(log, known, requestId);
  const { method = 'GET', url = '' } = request;
  log.info({ reqId: requestId, method, path: loggedPath(url), status: known.status, upgrade: true }, 'Answered');
  const body = JSON.stringify(errorBody(known, requestId));
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'X-Request-Id': requestId,
    ...charged,
    ...errorHeaders(known),
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => {}); // it may go away while it is being told
  socket.once('finish', () => socket.destroy()); // its other half would stay open for as long as the peer likes
  socket.end(`HTTP/1.1 ${known.status} ${STATUS_CODES[known.status]}\r\n${lines.join('')}\r\n${body}`);
}
