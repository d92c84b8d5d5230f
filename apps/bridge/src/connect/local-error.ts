/** Which program's errors a path's clients understand. */
export type Dialect = 'anthropic' | 'ollama' | 'openai';

/**
 * The status for a program of the API that was called. Of a 401 the `ollama` command shows no reason, but tells people to
 * sign in at ollama.com (checkError in api/client.go of ollama/ollama).
 */
export function localStatus(path: string, status: number): number {
  return status === 401 && dialectOf(path) === 'ollama' ? 403 : status;
}

/** An error in the words of the API that was called. */
export function localError(path: string, status: number, message: string): string {
  const dialect = dialectOf(path);
  if (dialect === 'ollama') return JSON.stringify({ error: message });
  const type = status === 401 ? 'authentication_error' : status < 500 ? 'invalid_request_error' : 'api_error';
  if (dialect === 'anthropic') return JSON.stringify({ type: 'error', error: { type, message } });
  return JSON.stringify({ error: { message, type, param: null, code: null } });
}

/** `path` with query, as it was asked for. */
function dialectOf(path: string): Dialect {
  if (/^\/v1\/messages(?:[/?]|$)/.test(path)) return 'anthropic';
  return /^\/v1(?:[/?]|$)/.test(path) ? 'openai' : 'ollama';
}
