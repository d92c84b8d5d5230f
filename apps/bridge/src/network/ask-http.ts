import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { GatheredBytes } from '../gathered-bytes.ts';

export interface HttpQuestion {
  method?: string | undefined;
  headers?: OutgoingHttpHeaders;
  body?: string | undefined;
  /** For all of it, to the last byte of the answer. */
  timeoutMs: number;
  /** Of the answer's body: a server is not trusted to stop. */
  maxBytes: number;
  /** Past the proxy in force: for engines. */
  isDirect?: boolean;
  /** Called when something there has accepted the connection. */
  accepted?: () => void;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** The answer was not there, or not all of it, within the time. */
export class HttpTimeoutError extends Error {
  override readonly name = 'HttpTimeoutError';
  readonly code = 'ETIMEDOUT';
}

/**
 * Asks a server, through the proxy in force, on a connection of its own: one that was kept may be stuck, or just closing.
 * Follows no redirect. Without `fetch`, whose code takes 15 MB of a process that is always there. Throws HttpTimeoutError,
 * Error with the system's `code`, or one that says what was wrong.
 */
export function askHttp(
  url: URL,
  { method = 'GET', headers, body, timeoutMs, maxBytes, isDirect = false, accepted }: HttpQuestion,
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const outgoing = make(url, {
    method,
    headers: { ...headers, ...length, connection: 'close' },
    ...(isDirect && { agent: false }),
  });
  const timer = setTimeout(() => reject(new HttpTimeoutError(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  if (accepted) outgoing.on('socket', (socket) => socket.once('connect', accepted));
  outgoing
    .on('response', (response) => void readAnswer(response, maxBytes).then(resolve, reject))
    .on('upgrade', (_response, socket) => {
      socket.destroy(); // the request has let go of it
      reject(new Error('the answer switches protocols'));
    })
    .on('error', reject)
    .end(body);
  return promise.finally(() => {
    clearTimeout(timer);
    outgoing.destroy();
  });
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const { statusCode: status = 0, headers } = response;
  const body = new GatheredBytes();
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (body.length + chunk.length > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    body.push(chunk);
  }
  return { status, headers, text: body.whole().toString() };
}
