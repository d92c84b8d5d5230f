import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { BridgeError } from '../bridge-error.ts';
import { proxyTrouble } from '../network/open-way.ts';
import { reasonOf, RelayApiError } from '../relay-api.ts';
import { CONNECT_AGENT } from './connect-mark.ts';
import { BodyTooLarge, KeptBody } from './kept-body.ts';
import { localError } from './local-error.ts';
import type { RelayWay } from './relay-way.ts';

/** What goes to the relay: never Host, Origin, Cookie, or a local program's own key. */
const REQUEST_HEADERS = new Set([
  'accept',
  'accept-language',
  'anthropic-beta',
  'anthropic-version',
  'content-length',
  'content-type',
  'openai-beta',
  'user-agent',
]);
/** What comes back. */
const RESPONSE_HEADERS: readonly string[] = ['content-type', 'content-length', 'retry-after', 'x-request-id'];
/** Above what the relay takes for models; a local program is not to fill the relay's line by mistake. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** Carries one request of a local program to the relay and the answer back, as it comes. Never rejects. */
export async function carry(way: RelayWay, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = incoming.url ?? '/';
  const body = new KeptBody(MAX_BODY_BYTES);
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  pipeline(incoming, body, (error) => {
    if (!(error instanceof BodyTooLarge)) return;
    gone.abort();
    fail(response, path, 413, error.message);
  });
  try {
    const first = await ask(way, incoming, body, gone.signal).catch((error: unknown) =>
      askAgain(error, way, incoming, { body, gone: gone.signal }),
    );
    if (first.statusCode !== 401) return answer(first, response);
    // Signed out elsewhere, or revoked: with a new token once more, if all that was asked can be asked again.
    way.expire();
    first.resume();
    const whole = await body.whole();
    if (whole === undefined) return fail(response, path, 503, 'The sign-in had to be renewed: ask again.');
    const second = await ask(way, incoming, whole, gone.signal);
    if (second.statusCode !== 401) return answer(second, response);
    second.resume();
    fail(response, path, 401, 'You were signed out. Sign in again with: cloudtolocalllm login');
  } catch (error) {
    if (!gone.signal.aborted) fail(response, path, ...(await verdict(error, way.relay)));
  } finally {
    body.letGo();
  }
}

/** Sends the request; resolves with the head of the answer. */
async function ask(
  way: RelayWay,
  incoming: IncomingMessage,
  body: KeptBody | Buffer,
  gone: AbortSignal,
): Promise<IncomingMessage> {
  const outgoing = await way.open(incoming.method ?? 'GET', incoming.url ?? '/', requestHeaders(incoming));
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const destroy = (): void => void outgoing.destroy();
  if (gone.aborted) destroy();
  gone.addEventListener('abort', destroy, { once: true });
  outgoing
    .once('response', resolve)
    .on('error', (error) => reject(outgoing.reusedSocket ? new StaleSocket(error) : error));
  // An answer that ends in mid-word is told by its own stream.
  outgoing.once('close', () => gone.removeEventListener('abort', destroy));
  send(outgoing, body);
  return promise;
}

/** Once more, when the relay had just closed the idle connection that the request went out on; throws what it was otherwise. */
async function askAgain(
  error: unknown,
  way: RelayWay,
  incoming: IncomingMessage,
  { body, gone }: { body: KeptBody; gone: AbortSignal },
): Promise<IncomingMessage> {
  if (!(error instanceof StaleSocket) || gone.aborted) throw error;
  const whole = await body.whole();
  if (whole === undefined) throw error.cause;
  return ask(way, incoming, whole, gone);
}

/** A connection that had carried requests before broke without a word of answer. */
class StaleSocket extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
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

function answer(from: IncomingMessage, response: ServerResponse): void {
  const headers: OutgoingHttpHeaders = {};
  for (const name of RESPONSE_HEADERS) {
    const value = from.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  response.writeHead(from.statusCode ?? 502, headers);
  response.flushHeaders();
  // Broken off by the relay is broken off here: a program must not take half an answer for a whole one.
  pipeline(from, response, () => {});
}

function requestHeaders({ headers, method }: IncomingMessage): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) if (REQUEST_HEADERS.has(name)) kept[name] = value;
  kept['user-agent'] = `${headers['user-agent'] ?? ''} ${CONNECT_AGENT}`.trim();
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  if (!hasBody && method !== 'GET' && method !== 'HEAD') kept['content-length'] = '0';
  return kept;
}

/** The status and sentence for what went wrong on this side of the relay. */
async function verdict(error: unknown, relay: string): Promise<[status: number, message: string]> {
  if (error instanceof BridgeError) return [error.code === 'not_signed_in' ? 401 : 503, error.message];
  if (error instanceof RelayApiError) return [error.status === 401 ? 401 : 503, error.message];
  if (error instanceof TypeError) return [400, 'The method, path or headers can not be forwarded.'];
  const reason = (await proxyTrouble(relay)) ?? reasonOf(error);
  return [503, `Cannot reach the relay at ${relay}: ${reason}. See: cloudtolocalllm doctor`];
}

function fail(response: ServerResponse, path: string, status: number, message: string): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(localError(path, status, message));
}
