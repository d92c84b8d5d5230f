import { CONNECT_HEADER } from '../connect/connect-mark.ts';
import { askHttp, type HttpAnswer, HttpTimeoutError } from '../network/ask-http.ts';

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

/** Asks an engine with GET. Follows no redirect. Throws NoAnswer. */
export async function askJson({ url, path, key, timeoutMs }: JsonQuestion): Promise<JsonAnswer> {
  const { status, headers, text } = await ask({ url, path, key, timeoutMs });
  // Our own: it asks other computers, and would make a circle.
  if (headers[CONNECT_HEADER] !== undefined) throw new NoAnswer('broken');
  return { status, server: String(headers.server ?? ''), body: parsed(text) };
}

async function ask({ url, path, key, timeoutMs }: JsonQuestion): Promise<HttpAnswer> {
  let isAccepted = false;
  try {
    return await askHttp(new URL(`${url.origin}${url.pathname === '/' ? '' : url.pathname}${path}`), {
      headers: { accept: 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
      timeoutMs,
      maxBytes: MAX_BODY_BYTES,
      isDirect: true,
      accepted: () => (isAccepted = true),
    });
  } catch (error) {
    if (!isAccepted) throw new NoAnswer('absent');
    throw new NoAnswer(error instanceof HttpTimeoutError ? 'hangs' : 'broken');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
