import type { Socket } from 'node:net';
import { newId, type ErrorCode } from '@cloudtolocalllm/protocol';
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { errorBody, RelayError } from './errors.ts';
import { callerDialect, dialectError } from './gateway/dialect.ts';
import type { ArrivedRequests } from './limits/arrived-requests.ts';

/** What fastify itself refuses, said plainly. */
const FRAMEWORK_ERRORS: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['bad_request', 'The body is not valid JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['bad_request', 'The body is empty, but its content type says JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The body is larger than this route accepts.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body as JSON, with Content-Type: application/json.',
  ],
  FST_ERR_BAD_URL: ['bad_request', 'The path is not a valid URL.'],
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: ['unsupported_media_type', 'Say what the body is: its Content-Type is missing.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'A part of the path is longer than any id.'],
};

const STATUS_CODES: Record<number, ErrorCode> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'headers_too_large',
};

/** For a refused client to read its answer and hang up; some never do, and would hold the socket for good. */
const LINGER_MS = 1_000;
/** Node's, of headers. */
const LATE_HEADERS = 'ERR_HTTP_REQUEST_TIMEOUT';

/** Answers every error of every route in the specification's format, or as the caller's engine would; the detail of a 5xx stays in the log. */
export function handleError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toRelayError(error);
  if (known.status >= 500) logFailure(request.log, known);
  // What fastify refuses before any hook has not got it yet.
  reply.raw.setHeader('x-request-id', request.id);
  for (const [name, value] of Object.entries(errorHeaders(known))) reply.raw.setHeader(name, value);
  // What has no route, or is refused before it is found, has no config.
  const dialect = callerDialect(request.url, request.routeOptions.config?.enginePathAfter);
  return reply
    .code(known.status)
    .type('application/json; charset=utf-8')
    .send(dialectError(dialect, known, request.id));
}

/** What an error says in headers; names are lower case. */
export function errorHeaders({ code, retryAfter, headers }: RelayError): Record<string, string> {
  return {
    ...headers,
    ...(code === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  };
}

/**
 * Logs why a request got a 5xx. A fault of the relay's comes with its cause; an offline bridge or a broken engine is
 * everyday life, and its message may hold what the engine said: that is not for the log.
 */
export function logFailure(log: Pick<FastifyBaseLogger, 'error' | 'info'>, error: RelayError, reqId?: string): void {
  const { code } = error;
  const fields = { code, ...(reqId !== undefined && { reqId }) };
  if (code === 'internal_error') log.error({ ...fields, err: error.cause ?? error }, error.message);
  else log.info(fields, 'Failed');
}

/** What an error of any origin is to a client. */
export function toRelayError(error: FastifyError | Error): RelayError {
  if (error instanceof RelayError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const part = error.validationContext ?? 'body';
    const details: Record<string, string> = {};
    for (const { instancePath, message } of error.validation) {
      details[instancePath.slice(1).replaceAll('/', '.') || part] ??= message ?? 'is not valid';
    }
    const [[field, problem] = ['', '']] = Object.entries(details);
    return new RelayError('validation_failed', `The request's ${part} is not valid: ${field}: ${problem}`, { details });
  }
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>; // absent on other errors
  const framework = FRAMEWORK_ERRORS[code];
  if (framework !== undefined) return new RelayError(...framework, { cause: error });
  // Plugins' own refusals carry a status; their messages are made for clients.
  if (statusCode >= 400 && statusCode < 500) {
    return new RelayError(STATUS_CODES[statusCode] ?? 'bad_request', error.message, { cause: error });
  }
  return RelayError.internal(error);
}

/** Answers what is not even HTTP, or too slow to be: no request exists yet, so it is written to the socket. */
export function clientErrorHandler(
  log: Logger,
  arrived: ArrivedRequests,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  const refuse = (code: string | undefined, socket: Socket): void => {
    if (!socket.writable) return void socket.destroy();
    const [line, known] = clientError(code);
    const requestId = newId('req');
    log.debug({ code, reqId: requestId }, 'Refused a malformed request');
    const body = JSON.stringify(errorBody(known, requestId));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
    socket.end(
      `HTTP/1.1 ${line}\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-Id: ${requestId}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  };
  return (error, socket) => {
    // In the middle of an answer it would be taken for a part of it. as: Node has its own handler look there.
    const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent: boolean } };
    if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent === true) socket.destroy();
    else if (error.code === LATE_HEADERS) arrived.unlessArrived(socket, () => refuse(error.code, socket));
    else refuse(error.code, socket);
  };
}

function clientError(code: string | undefined): [string, RelayError] {
  switch (code) {
    case LATE_HEADERS:
      return ['408 Request Timeout', new RelayError('request_timeout', 'The request did not arrive in time.')];
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        new RelayError('headers_too_large', 'The address and the headers are too large: send less than 64 KB.'),
      ];
    default:
      return ['400 Bad Request', new RelayError('bad_request', 'The request is not valid HTTP.')];
  }
}
