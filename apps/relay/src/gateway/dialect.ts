import type { ApiErrorBody } from '@cloudtolocalllm/protocol';
import { errorBody, type RelayError } from '../errors.ts';

/** Whose API a request speaks, and so what errors its client understands. */
export type Dialect = 'openai' | 'anthropic' | 'ollama';

/** By the path as the engine shall see it: `/v1/messages` is Anthropic's, the rest of `/v1` OpenAI's. */
export function dialectOf(enginePath: string): Dialect {
  const [path = ''] = enginePath.split('?', 1);
  if (path === '/v1/messages' || path.startsWith('/v1/messages/')) return 'anthropic';
  return path === '/v1' || path.startsWith('/v1/') ? 'openai' : 'ollama';
}

/** What follows so many segments of an address, beginning with a slash: the engine's path. */
export function pathAfter(url: string, segments: number): string {
  const [path = ''] = url.split('?', 1);
  let at = 0;
  for (let left = segments; left > 0 && at >= 0; left--) at = path.indexOf('/', at + 1);
  return at < 0 ? '/' : url.slice(at);
}

/** The relay's paths whose callers speak an engine's API, and behind how many segments that begins. */
const ENGINE_PATHS = [
  [/^\/v1(?:[/?]|$)/, 0],
  [/^\/ollama(?:[/?]|$)/, 1],
  [/^\/proxy\/[^/?]/, 2],
] as const;

/** Whether a path of the relay's leads to engines, whether there is a route or not. */
export function isEnginePath(url: string): boolean {
  return ENGINE_PATHS.some(([pattern]) => pattern.test(url));
}

/**
 * The dialect in which a caller of this path of the relay's reads errors; undefined for the relay's own API. `segments`
 * is what its route says (`enginePathAfter`); without a route the path alone tells.
 */
export function callerDialect(url: string, segments?: number): Dialect | undefined {
  const after = segments ?? ENGINE_PATHS.find(([pattern]) => pattern.test(url))?.[1];
  return after === undefined ? undefined : dialectOf(pathAfter(url, after));
}

/** https://docs.anthropic.com/en/api/errors */
const ANTHROPIC_TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

/** https://platform.openai.com/docs/guides/error-codes */
const OPENAI_TYPES: Record<number, string> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

/** The body of an error as clients of the dialect expect it; without one, in the specification's format. */
export function dialectError(dialect: Dialect | undefined, error: RelayError, requestId?: string): object {
  const { status, message, code } = error;
  switch (dialect) {
    case undefined:
      return errorBody(error, requestId) satisfies ApiErrorBody;
    case 'ollama':
      return { error: message };
    case 'anthropic': {
      const type = ANTHROPIC_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
      return { type: 'error', error: { type, message }, ...(requestId !== undefined && { request_id: requestId }) };
    }
    case 'openai': {
      const type = OPENAI_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error');
      return { error: { message, type, param: null, code } };
    }
  }
}
