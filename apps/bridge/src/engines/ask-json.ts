import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CONNECT_HEADER } from '../connect/connect-mark.ts';

/** Of an engine's listing this much is read. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface JsonAnswer {
  status: number;
  /** What the program calls itself: the header `Server`. */
  server: string;
  /** Undefined when it is no JSON. */
  body: unknown;
}

/** Why there was no answer: nothing accepts connections; what does says nothing; what it says is no HTTP. */
export type Silence = 'absent' | 'hangs' | 'broken';

export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly silence: Silence;

  constructor(silence: Silence) {
    super(`no answer: ${silence}`);
    this.silence = silence;
  }
}

export interface JsonQuestion {
  /** Origin, and the path in front of `path`. */
  url: URL;
  path: string;
  key?: string | undefined;
  timeoutMs: number;
}

/**
 * Asks an engine with GET, on a connection of its own: one that was kept may have been closed, or be stuck. Follows no
 * redirect. Throws NoAnswer.
 */
export function askJson({ url, path, key, timeoutMs }: JsonQuestion): Promise<JsonAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<JsonAnswer>();
  const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
  let isAccepted = false;
  const outgoing = make(url, {
    agent: false,
    path: `${url.pathname === '/' ? '' : url.pathname}${path}`,
    headers: { accept: 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
  });
  const timer = setTimeout(() => {
    reject(new NoAnswer(isAccepted ? 'hangs' : 'absent'));
    outgoing.destroy();
  }, timeoutMs);
  outgoing
    .on('socket', (socket) => socket.once('connect', () => (isAccepted = true)))
    .on('response', (response) => {
      readAnswer(response).then(resolve, () => reject(new NoAnswer('broken')));
    })
    .on('upgrade', (_response, socket) => {
      socket.destroy(); // the request has let go of it
      reject(new NoAnswer('broken'));
    })
    .on('error', () => reject(new NoAnswer(isAccepted ? 'broken' : 'absent')))
    .end();
  return promise.finally(() => {
    clearTimeout(timer);
    outgoing.destroy();
  });
}

async function readAnswer(response: IncomingMessage): Promise<JsonAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('too long');
    chunks.push(chunk);
  }
  const { statusCode = 0, headers } = response;
  // Our own: it asks other computers, and would make a circle.
  if (headers[CONNECT_HEADER] !== undefined) throw new Error('that is connect, and no engine');
  return { status: statusCode, server: String(headers.server ?? ''), body: parsed(Buffer.concat(chunks).toString()) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
