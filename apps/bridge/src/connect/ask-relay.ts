import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CONNECT_AGENT } from './connect-mark.ts';
import { REQUEST_HEADERS } from '../request-headers.ts';
import type { KeptBody } from './kept-body.ts';
import type { RelayWay } from './relay-way.ts';

/** Until TLS stands, through a proxy if there is one. */
const CONNECT_TIMEOUT_MS = 15_000;
/** The relay sends something every 15 s, or within 90 s where the API lets it: this long means that it is gone. */
const IDLE_TIMEOUT_MS = 5 * 60_000;

/** A connection that had carried requests before broke without a word of answer. */
export class StaleSocket extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

export interface LocalRequest {
  incoming: IncomingMessage;
  response: ServerResponse;
  /** The local program went away. */
  gone: AbortSignal;
}

/**
 * Sends the request of a local program to the relay; resolves with the head of the answer. Throws StaleSocket, the
 * system's own errors, and what RelayWay.open throws.
 */
export async function askRelay(
  way: RelayWay,
  { incoming, response, gone }: LocalRequest,
  body: KeptBody | Buffer,
): Promise<IncomingMessage> {
  const outgoing = await way.open(incoming.method ?? 'GET', incoming.url ?? '/', requestHeaders(incoming, body));
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const destroy = (): void => void outgoing.destroy();
  if (gone.aborted) destroy();
  gone.addEventListener('abort', destroy, { once: true });
  outgoing
    .once('response', resolve)
    .on('error', (error) => reject(outgoing.reusedSocket ? new StaleSocket(error) : error))
    // An answer that ends in mid-word is told by its own stream.
    .once('close', () => gone.removeEventListener('abort', destroy));
  limitConnecting(outgoing);
  outgoing.setTimeout(IDLE_TIMEOUT_MS, () => {
    // It is the local program that does not read: that is its own affair.
    if (response.writableNeedDrain) outgoing.setTimeout(IDLE_TIMEOUT_MS);
    else outgoing.destroy(new Error('it has fallen silent'));
  });
  send(outgoing, hasNoBody(incoming) ? Buffer.alloc(0) : body);
  return promise;
}

function limitConnecting(outgoing: ClientRequest): void {
  const timer = setTimeout(() => outgoing.destroy(new Error('connecting took too long')), CONNECT_TIMEOUT_MS);
  const done = (): void => clearTimeout(timer);
  outgoing.once('close', done).once('response', done);
  outgoing.once('socket', (socket: Socket) => {
    if (outgoing.reusedSocket) return done();
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', done);
  });
}

function send(outgoing: ClientRequest, body: KeptBody | Buffer): void {
  if (Buffer.isBuffer(body)) return void outgoing.end(body);
  // Not pipeline: a relay that answers before it has read all must not end the body that a second try needs.
  body.pipe(outgoing);
  outgoing.once('close', () => {
    body.unpipe(outgoing);
    body.resume();
  });
}

function hasNoBody({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Each body says where it ends, whatever the method: unframed bytes would be the relay's next request. */
function requestHeaders(incoming: IncomingMessage, body: KeptBody | Buffer): OutgoingHttpHeaders {
  const { headers } = incoming;
  const kept: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) if (REQUEST_HEADERS.has(name)) kept[name] = value;
  kept['user-agent'] = `${headers['user-agent'] ?? ''} ${CONNECT_AGENT}`.trim();
  if (hasNoBody(incoming)) delete kept['content-length'];
  else if (Buffer.isBuffer(body)) kept['content-length'] = body.length;
  else if (headers['transfer-encoding'] !== undefined) kept['transfer-encoding'] = 'chunked';
  else kept['content-length'] ??= 0;
  return kept;
}
