import { networkError, readApiError } from './api-error.ts';

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

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

type RequestOptions = {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** False for the public calls. */
  authorize?: boolean;
};

/** HTTP with the API's habits: bearer token, JSON, errors as `ApiError`. An aborted call throws the signal's reason. */
export type Transport = {
  json<T>(method: Method, path: string, options?: RequestOptions): Promise<T>;
  stream(method: Method, path: string, options?: RequestOptions): Promise<ReadableStream<Uint8Array>>;
};

export function createTransport(options: TransportOptions): Transport {
  const fetchFrom = options.fetch ?? fetch;
  const origin = options.baseUrl.replace(/\/+$/, '');

  async function attempt(method: Method, path: string, request: RequestOptions, token?: string): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    try {
      return await fetchFrom(origin + path + queryString(request.query), {
        method,
        headers,
        body: request.body === undefined ? undefined : JSON.stringify(request.body),
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

  return {
    async json<T>(method: Method, path: string, request: RequestOptions = {}): Promise<T> {
      const response = await send(method, path, request);
      try {
        const text = await response.text();
        // The relay validates what it sends against the same schemas; here its types are trusted.
        return (text === '' ? undefined : JSON.parse(text)) as T;
      } catch (cause) {
        throw failure(method, path, request, cause);
      }
    },
    async stream(method, path, request = {}) {
      const headers = { accept: 'application/x-ndjson', ...request.headers };
      const response = await send(method, path, { ...request, headers });
      if (response.body === null) throw networkError(`${method} ${path}`, new Error('The answer has no body'));
      return response.body;
    },
  };
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
