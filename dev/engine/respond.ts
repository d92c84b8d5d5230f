import type { ServerResponse } from 'node:http';
import { EngineError, type EngineErrorCode } from './engine-error.ts';

const STATUS = {
  'bad-request': 400,
  'model-not-found': 404,
  'body-too-large': 413,
  'generation-failed': 500,
} as const satisfies Record<EngineErrorCode, number>;

export interface ErrorAnswer {
  status: number;
  message: string;
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  send(response, JSON.stringify(body), 'application/json; charset=utf-8', status);
}

export function send(response: ServerResponse, body: string, contentType: string, status = 200): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** The one place where errors become HTTP; what is not ours stays in the log. */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof EngineError) {
    if (error.cause !== undefined) logError(error);
    return { status: STATUS[error.code], message: error.message };
  }
  logError(error);
  return { status: 500, message: 'internal error' };
}

/** Ollama's shape of an error. */
export function ollamaError({ message }: ErrorAnswer): unknown {
  return { error: message };
}

/** OpenAI's shape of an error, as Ollama fills it. */
export function openaiError({ status, message }: ErrorAnswer): unknown {
  const type = status === 404 ? 'not_found_error' : status < 500 ? 'invalid_request_error' : 'api_error';
  return { error: { message, type, param: null, code: null } };
}

/** https://docs.anthropic.com/en/api/errors */
export function anthropicError({ status, message }: ErrorAnswer): unknown {
  const type = status === 404 ? 'not_found_error' : status < 500 ? 'invalid_request_error' : 'api_error';
  return { type: 'error', error: { type, message } };
}

function logError(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
