import { abortable } from './abortable.ts';
import { ApiError, networkError, readApiError } from './api-error.ts';
import { randomId } from './random-id.ts';
import { pauseAfter, type RetryOptions, type RetryPolicy, retryPolicy } from './retry.ts';

const RETRY_BASE_MS = 250;
const RETRY_MAX_MS = 2_000;

/** What can be in a header and in a WebSocket's subprotocol. Runtimes quote what can't in their own errors. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Gives the access token. It is called again with the token the relay refused, once per request, so
 * that it can be renewed.
 */
export type TokenSource = (refused?: string) => Promise<string> | string;

export type TransportOptions = {
  /** Where the relay is, such as `https://relay.example`; paths start with `/api`. */
  baseUrl: string;
  /** An API key or access token, or what gives one and is asked again after the relay refused it. */
  token: string | TokenSource;
  fetch?: typeof fetch;
  retry?: RetryOptions;
};

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What is sent as it is. */
export type Bytes = Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | string;

export type RequestOptions = {
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  /** Instead of `body`: these bytes, of this media type. */
  bytes?: { content: Bytes; type: string };
  /** Makes it safe to send again, which happens when no answer came. */
  idempotencyKey?: string;
  /** False: one try. */
  retry?: boolean;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** False for the public calls. */
  authorize?: boolean;
};

/** HTTP with the API's habits: bearer token, JSON, errors as `ApiError`. An aborted call throws the signal's reason. */
export type Transport = {
  readonly retry: RetryPolicy;
  /** A token that can be sent; `refused` is one that the relay did not take. */
  token(refused?: string, signal?: AbortSignal): Promise<string>;
  json<T>(method: Method, path: string, options?: RequestOptions): Promise<T>;
  /** A POST that creates something: sent again with the same Idempotency-Key when nobody knows whether it did. */
  create<T>(path: string, options?: RequestOptions): Promise<T>;
  blob(method: Method, path: string, options?: RequestOptions): Promise<Blob>;
  stream(method: Method, path: string, options?: RequestOptions): Promise<ReadableStream<Uint8Array>>;
};

export function createTransport(options: TransportOptions): Transport {
  const fetchFrom = options.fetch ?? fetch;
  const origin = options.baseUrl.replace(/\/+$/, '');
  const retry = retryPolicy(options.retry);
  const token = tokensOf(options.token);

  async function attempt(method: Method, path: string, request: RequestOptions, bearer?: string): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
    if (bearer !== undefined) headers['authorization'] = `Bearer ${bearer}`;
    if (request.idempotencyKey !== undefined) headers['idempotency-key'] = request.idempotencyKey;
    if (request.bytes !== undefined) headers['content-type'] = request.bytes.type;
    else if (request.body !== undefined) headers['content-type'] = 'application/json';
    try {
      return await fetchFrom(origin + path + queryString(request.query), {
        method,
        headers,
        body: request.bytes?.content ?? (request.body === undefined ? undefined : JSON.stringify(request.body)),
        signal: request.signal,
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (cause) {
      throw failure(method, path, request, cause);
    }
  }

  async function send(method: Method, path: string, request: RequestOptions): Promise<Response> {
    if (request.authorize === false) return accepted(await attempt(method, path, request), method, path);
    const bearer = await token(undefined, request.signal);
    let response = await attempt(method, path, request, bearer);
    if (response.status === 401) {
      const renewed = await token(bearer, request.signal);
      if (renewed !== bearer) {
        await response.body?.cancel();
        response = await attempt(method, path, request, renewed);
      }
    }
    return accepted(response, method, path);
  }

  /** The whole body, read by `read`, over as many tries as are allowed. */
  async function whole<T>(
    method: Method,
    path: string,
    request: RequestOptions,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        const response = await send(method, path, request);
        return await read(response).catch((cause: unknown) => {
          throw failure(method, path, request, cause);
        });
      } catch (error) {
        if (request.retry === false || !mayRepeat(method, request, error)) throw error;
        const { signal } = request;
        const limits = { tries: retry.calls, maxWaitMs: retry.maxWaitMs, baseMs: RETRY_BASE_MS, maxMs: RETRY_MAX_MS };
        await pauseAfter(error, { attempt: failures, ...limits, signal });
      }
    }
  }

  const transport: Transport = {
    retry,
    token,
    json: <T>(method: Method, path: string, request: RequestOptions = {}) => whole<T>(method, path, request, readJson),
    create: <T>(path: string, request: RequestOptions = {}) =>
      transport.json<T>('POST', path, { ...request, idempotencyKey: request.idempotencyKey ?? randomId() }),
    blob: (method, path, request = {}) =>
      whole(method, path, { ...request, headers: { accept: '*/*', ...request.headers } }, (response) =>
        response.blob(),
      ),
    async stream(method, path, request = {}) {
      const headers = { accept: 'application/x-ndjson', ...request.headers };
      const response = await send(method, path, { ...request, headers });
      if (response.body === null) throw networkError(`${method} ${path}`, new Error('The answer has no body'));
      return response.body;
    },
  };
  return transport;
}

/**
 * Whether sending it again can't do a thing twice. Reading, putting and what has a key: whenever nobody knows whether it
 * was done. A DELETE only after a refusal, or a second one would answer 404 for the first. PATCH and other POSTs never.
 */
function mayRepeat(method: Method, { idempotencyKey }: RequestOptions, error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const isRefusedForNow = error.code === 'rate_limited' && error.retryAfter !== undefined;
  if (method === 'GET' || method === 'PUT' || idempotencyKey !== undefined) return error.isUnsettled || isRefusedForNow;
  return method === 'DELETE' && isRefusedForNow;
}

function tokensOf(source: string | TokenSource): Transport['token'] {
  return async (refused, signal) => {
    const token = typeof source === 'string' ? source : await abortable(source(refused), signal);
    if (TOKEN.test(token)) return token;
    const message =
      'Cannot call the relay: the token is empty or has spaces, line ends or other characters that no token has. ' +
      'Check where it comes from.';
    throw new ApiError(message, { status: 0, code: 'invalid_token' });
  };
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  // The relay validates what it sends against the same schemas; here its types are trusted.
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function accepted(response: Response, method: Method, path: string): Promise<Response> {
  if (response.ok) return response;
  throw await readApiError(response, `${method} ${path}`);
}

function failure(method: Method, path: string, request: RequestOptions, cause: unknown): unknown {
  return request.signal?.aborted ? request.signal.reason : networkError(`${method} ${path}`, cause);
}

function queryString(query: RequestOptions['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
