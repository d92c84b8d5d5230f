import { ApiError, networkError, readApiError } from './api-error.ts';
import { backOff, wait } from './back-off.ts';

/** Tries again of what may be sent again, before the caller is told: about two seconds. */
const MAX_RETRIES = 3;
const RETRY_BASE_MS = 250;
const RETRY_MAX_MS = 2_000;

/**
 * Gives the access token. It is called again with the token the relay refused, once per request, so
 * that it can be renewed.
 */
export type TokenSource = (refused?: string) => Promise<string> | string;

export type TransportOptions = {
  /** Where the relay is, such as `https://relay.example`; paths start with `/api`. */
  baseUrl: string;
  token: TokenSource;
  fetch?: typeof fetch;
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
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** False for the public calls. */
  authorize?: boolean;
};

/** HTTP with the API's habits: bearer token, JSON, errors as `ApiError`. An aborted call throws the signal's reason. */
export type Transport = {
  json<T>(method: Method, path: string, options?: RequestOptions): Promise<T>;
  /** A POST that creates something: sent again with the same Idempotency-Key when nobody knows whether it did. */
  create<T>(path: string, options?: RequestOptions): Promise<T>;
  blob(method: Method, path: string, options?: RequestOptions): Promise<Blob>;
  stream(method: Method, path: string, options?: RequestOptions): Promise<ReadableStream<Uint8Array>>;
};

export function createTransport(options: TransportOptions): Transport {
  const fetchFrom = options.fetch ?? fetch;
  const origin = options.baseUrl.replace(/\/+$/, '');

  async function attempt(method: Method, path: string, request: RequestOptions, token?: string): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
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
    const token = await options.token();
    let response = await attempt(method, path, request, token);
    if (response.status === 401) {
      const renewed = await options.token(token);
      if (renewed !== token) {
        await response.body?.cancel();
        response = await attempt(method, path, request, renewed);
      }
    }
    return accepted(response, method, path);
  }

  /** The whole body, read by `read`. */
  async function whole<T>(
    method: Method,
    path: string,
    request: RequestOptions,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const response = await send(method, path, request);
    try {
      return await read(response);
    } catch (cause) {
      throw failure(method, path, request, cause);
    }
  }

  const transport: Transport = {
    json: <T>(method: Method, path: string, request: RequestOptions = {}) => whole<T>(method, path, request, readJson),
    async create<T>(path: string, request: RequestOptions = {}): Promise<T> {
      const sent = { ...request, idempotencyKey: request.idempotencyKey ?? crypto.randomUUID() };
      for (let failures = 1; ; failures++) {
        try {
          return await transport.json<T>('POST', path, sent);
        } catch (error) {
          if (!(error instanceof ApiError) || !error.isUnsettled || failures > MAX_RETRIES) throw error;
          const asked = (error.retryAfter ?? 0) * 1000;
          await wait(Math.max(asked, backOff(failures, { baseMs: RETRY_BASE_MS, maxMs: RETRY_MAX_MS })), sent.signal);
        }
      }
    },
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
