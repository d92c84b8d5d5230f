import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HttpQuestion {
  method?: string | undefined;
  headers?: OutgoingHttpHeaders;
  body?: string | undefined;
  /** For all of it, to the last byte of the answer. */
  timeoutMs: number;
  /** Of the answer's body: a server is not trusted to stop. */
  maxBytes: number;
}

export interface HttpAnswer {
  status: number;
  text: string;
}

/**
 * Asks a server, through the proxy in force, and follows no redirect. Without `fetch`, whose code takes 15 MB of a process
 * that is always there. Throws Error with the system's `code`, or one that says what was wrong.
 */
export function askHttp(
  url: URL,
  { method = 'GET', headers, body, timeoutMs, maxBytes }: HttpQuestion,
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  // The connection is not kept: the next question is hours away, and must not meet one that is just closing.
  const outgoing = make(url, { method, headers: { ...headers, ...length, connection: 'close' } });
  const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  outgoing
    .on('response', (response) => void readAnswer(response, maxBytes).then(resolve, reject))
    .on('error', reject)
    .end(body);
  return promise.finally(() => {
    clearTimeout(timer);
    outgoing.destroy();
  });
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const { statusCode: status = 0 } = response;
  if (status >= 300 && status < 400) throw new Error(`the answer is a redirect (${status}), which is not followed`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return { status, text: Buffer.concat(chunks).toString() };
}
