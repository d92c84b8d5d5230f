import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BridgeError } from '../bridge-error.ts';
import { carry } from './carry.ts';
import { CONNECT_AGENT, CONNECT_HEADER } from './connect-mark.ts';
import { localError } from './local-error.ts';
import { refuseForeign } from './loopback-guard.ts';
import type { RelayWay } from './relay-way.ts';

/** Local programs at the same time: more than a person runs, less than what a broken one could open. */
const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;

export interface ConnectOptions {
  way: RelayWay;
  /** An address of this computer alone. */
  host: string;
  port: number;
}

/** Listens on this computer for what speaks to an Ollama, and carries it to the relay. */
export class ConnectServer implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Throws BridgeError when the port can't be had. */
  static async listen({ way, host, port }: ConnectOptions): Promise<ConnectServer> {
    const server = createServer(
      { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0 },
      (incoming, response) => void take(way, incoming, response),
    );
    server.maxConnections = MAX_CONNECTIONS;
    server.listen({ host, port });
    await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
      throw cannotListen(error, host, port);
    });
    return new ConnectServer(server);
  }

  /** Where local programs find it. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo; // listening on TCP
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function take(way: RelayWay, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader(CONNECT_HEADER, '1');
  const foreign = refuseForeign(incoming.headers);
  if (foreign !== undefined) return refuse(incoming, response, 403, foreign);
  if (incoming.headers['user-agent']?.includes(CONNECT_AGENT)) return refuse(incoming, response, 508, CIRCLE);
  const { origin } = incoming.headers;
  if (origin !== undefined) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('vary', 'origin');
  }
  if (origin !== undefined && incoming.method === 'OPTIONS') return preflight(incoming, response);
  if (isHeartbeat(incoming)) return heartbeat(response);
  await carry(way, incoming, response);
}

/**
 * Before all else the `ollama` command asks `HEAD /`, whose answer has no room for a reason: a relay that is away is told
 * in the answer to what it asks next.
 */
function isHeartbeat({ method, url }: IncomingMessage): boolean {
  return url === '/' && (method === 'HEAD' || method === 'GET');
}

function heartbeat(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('Ollama is running');
}

const CIRCLE =
  'The bridge takes "cloudtolocalllm connect" for its engine: a question would go in a circle. Name its engine with --engine-url.';

function refuse(incoming: IncomingMessage, response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(localError(incoming.url ?? '/', status, reason));
  incoming.resume();
}

function preflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, HEAD, DELETE',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
    'access-control-max-age': '600',
  });
  response.end();
}

function cannotListen({ code, message }: NodeJS.ErrnoException, host: string, port: number): BridgeError {
  if (code === 'EADDRINUSE') {
    return new BridgeError(
      'failed',
      `Cannot listen at ${host}:${port}: the port is taken, likely by an Ollama on this computer. ` +
        `Choose another: cloudtolocalllm connect --port ${port + 1}`,
    );
  }
  return new BridgeError('failed', `Cannot listen at ${host}:${port}: ${message}`);
}
