import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { BridgeError } from '../bridge-error.ts';
import { proxyTrouble } from '../network/open-way.ts';
import { reasonOf, RelayApiError } from '../relay-api.ts';
import { askRelay, StaleSocket, type LocalRequest } from './ask-relay.ts';
import { BodyTooLarge, KeptBody } from './kept-body.ts';
import { localError, localStatus } from './local-error.ts';
import type { RelayWay } from './relay-way.ts';

/** What comes back. */
const RESPONSE_HEADERS: readonly string[] = ['content-type', 'content-length', 'retry-after', 'x-request-id'];
/** Above what the relay takes for models; a local program is not to fill the relay's line by mistake. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** Carries one request of a local program to the relay and the answer back, as it comes. Never rejects. */
export async function carry(way: RelayWay, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = incoming.url ?? '/';
  const body = new KeptBody(MAX_BODY_BYTES);
  const gone = new AbortController();
  const local: LocalRequest = { incoming, response, gone: gone.signal };
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  pipeline(incoming, body, (error) => {
    if (!(error instanceof BodyTooLarge)) return;
    gone.abort();
    fail(response, path, 413, error.message);
  });
  try {
    const first = await askRelay(way, local, body).catch((error: unknown) => askAgain(error, way, local, body));
    if (first.statusCode !== 401) return answer(first, response);
    // Signed out elsewhere, or revoked: with a new token once more, if all that was asked can be asked again.
    way.expire();
    first.resume();
    const whole = await body.whole();
    if (whole === undefined) return fail(response, path, 503, 'The sign-in had to be renewed: ask again.');
    const second = await askRelay(way, local, whole);
    if (second.statusCode !== 401) return answer(second, response);
    second.resume();
    fail(response, path, 401, 'You were signed out. Sign in again with: cloudtolocalllm login');
  } catch (error) {
    if (!gone.signal.aborted) fail(response, path, ...(await verdict(error, way.relay)));
  } finally {
    body.letGo();
  }
}

/** Once more, when the relay had just closed the idle connection that the request went out on; throws what it was otherwise. */
async function askAgain(error: unknown, way: RelayWay, local: LocalRequest, body: KeptBody): Promise<IncomingMessage> {
  if (!(error instanceof StaleSocket) || local.gone.aborted) throw error;
  const whole = await body.whole();
  if (whole === undefined) throw error.cause;
  return askRelay(way, local, whole);
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
  response.writeHead(localStatus(path, status), { 'content-type': 'application/json', connection: 'close' });
  response.end(localError(path, status, message));
}
