import { ERROR_STATUS, type ErrorCode, EXAMPLE_UUID } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import { dialectError } from '../gateway/dialect.ts';
import { headerReferences, RATE_LIMIT_HEADERS } from './answer-headers.ts';
import type { DocumentedResponse, JsonSchema, Operation, Reference, RouteTraits } from './document.ts';

/** What is documented of an error status: its name, when it comes, and an answer. */
interface ErrorExample {
  name: string;
  description: string;
  error: ErrorCode;
  message: string;
  details?: Record<string, string>;
}

const REQUEST_ID = `req-${EXAMPLE_UUID}`;

const EXAMPLES: readonly ErrorExample[] = [
  {
    name: 'BadRequest',
    description: 'The request is not valid; `details` names the fields.',
    error: 'validation_failed',
    message: "The request's body is not valid: model: Invalid input: expected string, received undefined",
    details: { model: 'Invalid input: expected string, received undefined' },
  },
  {
    name: 'Unauthorized',
    description: 'No token or key, or one that is not valid or has expired.',
    error: 'unauthorized',
    message: 'Invalid or expired token',
  },
  {
    name: 'Forbidden',
    description: 'The token or key does not have the right for this.',
    error: 'forbidden',
    message: 'This API key does not have the scope "chat".',
  },
  {
    name: 'NotFound',
    description: "There is no such thing; another user's counts as none.",
    error: 'not_found',
    message: 'There is no such conversation.',
  },
  {
    name: 'Conflict',
    description: 'Something that is still going on forbids it.',
    error: 'conflict',
    message: 'This conversation is still being answered. Wait for the answer or stop it first.',
  },
  {
    name: 'PayloadTooLarge',
    description: 'The body is larger than this route accepts.',
    error: 'payload_too_large',
    message: 'The body is larger than this route accepts.',
  },
  {
    name: 'UnsupportedMediaType',
    description: 'The body is not JSON.',
    error: 'unsupported_media_type',
    message: 'Send the body as application/json.',
  },
  {
    name: 'TooManyRequests',
    description: 'A rate limit is used up; Retry-After says for how long.',
    error: 'rate_limited',
    message: 'Too many requests: you may send 1000 an hour. It goes on in 12 minutes, at 17:00:00 UTC.',
  },
  {
    name: 'InternalError',
    description: "A fault of the relay's; its log has the details under the request id.",
    error: 'internal_error',
    message: 'Something went wrong in the relay. Its log has the details under this request id.',
  },
  {
    name: 'EngineFailed',
    description: 'The engine behind the bridge cannot be reached or failed.',
    error: 'engine_unreachable',
    message: 'The model runtime on your computer does not answer. Is Ollama running?',
  },
  {
    name: 'Unavailable',
    description: 'The computer is offline, or the relay is restarting.',
    error: 'bridge_offline',
    message: 'Your computer is offline. Start the bridge there with: cloudtolocalllm up',
  },
  {
    name: 'EngineTimeout',
    description: 'The engine behind the bridge took too long.',
    error: 'engine_timeout',
    message: 'The model runtime on your computer took too long.',
  },
];

const BY_STATUS: ReadonlyMap<number, ErrorExample> = new Map(
  EXAMPLES.map((example) => [ERROR_STATUS[example.error], example]),
);

/** In front of the names of the responses in which errors come as engines say them. */
const ENGINE_API = 'EngineApi';
/** What only routes answer that read bodies, or create. */
const NEVER_AS_ENGINE = new Set([409, 413, 415]);

const TEXT: JsonSchema = { type: 'string' };
/** An error in one of the dialects: Ollama's, Anthropic's, OpenAI's. */
export const ENGINE_ERROR: JsonSchema = {
  type: 'object',
  description: "As the path's API has it: Ollama's `error` is the message, Anthropic's and OpenAI's an object.",
  required: ['error'],
  properties: {
    error: {
      anyOf: [
        { type: 'string' },
        {
          type: 'object',
          required: ['type', 'message'],
          properties: { type: TEXT, message: TEXT, param: {}, code: {} },
        },
      ],
    },
    type: { type: 'string', description: "`error`: Anthropic's alone." },
    request_id: { type: 'string', description: "Anthropic's alone." },
  },
};

/** For the document's components: two responses per error status, of the schema `Error` and as engines say them. */
export function errorResponses(): Record<string, DocumentedResponse> {
  return Object.fromEntries(
    [...BY_STATUS].flatMap(([status, { name, description, error, message, details }]) => {
      const headers = headerReferences([
        'X-Request-Id',
        ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
        ...(status === 429 ? (['Retry-After'] as const) : []),
        ...RATE_LIMIT_HEADERS,
      ]);
      const response = (schema: JsonSchema, example: object): DocumentedResponse => ({
        description,
        headers,
        content: { 'application/json': { schema, example } },
      });
      const own = { error, message, code: status, ...(details && { details }), requestId: REQUEST_ID };
      const ofEngines = response(
        { $ref: '#/components/schemas/EngineError' },
        dialectError('openai', new RelayError(error, message)),
      );
      const both: [string, DocumentedResponse][] = [[name, response({ $ref: '#/components/schemas/Error' }, own)]];
      if (!NEVER_AS_ENGINE.has(status)) both.push([`${ENGINE_API}${name}`, ofEngines]);
      return both;
    }),
  );
}

/** The response that stands for an error status; undefined for one that is not shared. */
export function errorReference(status: number, prefix = ''): Reference | undefined {
  const example = BY_STATUS.get(status);
  return example && { $ref: `#/components/responses/${prefix}${example.name}` };
}

/** The errors that operations of its kind can answer with, as references by status. */
export function errorsOf(
  operation: Operation,
  { access, limitedBy, idempotent, speaksEngine }: RouteTraits,
): Record<string, Reference> {
  const { parameters = [], requestBody } = operation;
  const isPublic = access === 'public';
  const isExchange = limitedBy === 'bridge';
  // What goes to an engine is passed on unread.
  const isRead = requestBody !== undefined && access !== 'inference' && access !== 'proxy token';
  const possible: Partial<Record<number, boolean>> = {
    400: requestBody !== undefined || parameters.length > 0,
    401: !isPublic,
    403: !isPublic && access !== 'anybody signed in',
    404: parameters.some((parameter) => parameter.in === 'path'),
    409: idempotent,
    413: isRead,
    415: isRead,
    429: limitedBy !== 'none',
    500: true,
    502: isExchange,
    503: isExchange,
    504: isExchange,
  };
  return Object.fromEntries(
    Object.entries(possible).flatMap(([status, isPossible]) => {
      const reference = isPossible
        ? errorReference(Number(status), speaksEngine === true ? ENGINE_API : '')
        : undefined;
      return reference === undefined ? [] : [[status, reference]];
    }),
  );
}
