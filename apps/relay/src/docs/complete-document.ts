import { STATUS_CODES } from 'node:http';
import { EXAMPLE_UUID } from '@cloudtolocalllm/protocol';
import type {
  DocumentedResponse,
  JsonSchema,
  MediaType,
  OpenApiDocument,
  Operation,
  Parameter,
  RouteTraits,
} from './document.ts';
import { operationsOf } from './document.ts';
import { headerReferences, RATE_LIMIT_HEADERS } from './answer-headers.ts';
import { ENGINE_ERROR, errorReference, errorsOf } from './error-responses.ts';
import { GATEWAY_PATHS, gatewayOperations, openaiOperations } from './gateway-operations.ts';
import { PROXY_PATH, proxyOperations } from './proxy-operations.ts';
import { describeWebSockets } from './web-sockets.ts';

const COMPONENT = '#/components/schemas/';
const NDJSON = 'application/x-ndjson';
/** What the converter says where a route says nothing. */
const UNDESCRIBED = 'Default Response';

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes retries safe for 24 hours: requests with the same key create once and get the same answer. Another request ' +
    'with it gets 409, and so does a retry while the first one runs, with Retry-After.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
  example: EXAMPLE_UUID,
};

/**
 * What the routes' schemas alone don't say: who may call an operation, the errors it can answer, the headers of limited
 * answers, an example beside every body; and the WebSockets. Also leaves out of the schemas what is of no use to readers.
 */
export function completeDocument(document: OpenApiDocument): OpenApiDocument {
  document.components.schemas['EngineError'] = ENGINE_ERROR;
  document.paths[GATEWAY_PATHS.openai] = openaiOperations();
  document.paths[GATEWAY_PATHS.ollama] = gatewayOperations();
  document.paths[PROXY_PATH] = proxyOperations();
  document['x-websockets'] = describeWebSockets();
  for (const { operation } of operationsOf(document)) completeOperation(document, operation);
  return tidy(document);
}

function completeOperation(document: OpenApiDocument, operation: Operation): void {
  const { 'x-route': traits = { access: 'public', limitedBy: undefined }, requestBody, responses } = operation;
  delete operation['x-route'];
  if (traits.access === 'public') operation.security = [];
  if (traits.access === 'admin or own computer') operation.security = [{ bearer: [] }, {}];
  const right = rightWords(traits.access);
  if (right) operation.description = [operation.description, right].filter(Boolean).join('\n\n');
  if (traits.idempotent === true) operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];

  for (const media of Object.values(requestBody?.content ?? {})) addExample(document, media);
  const limited = traits.limitedBy === 'none' ? [] : RATE_LIMIT_HEADERS;
  const replayed = traits.idempotent === true ? (['Idempotency-Replayed'] as const) : [];
  for (const [status, response] of Object.entries(responses)) {
    if ('$ref' in response) continue;
    const shared = isError(response) ? errorReference(Number(status)) : undefined;
    if (shared !== undefined) {
      responses[status] = shared;
      continue;
    }
    if (response.description === UNDESCRIBED) response.description = STATUS_CODES[status] ?? 'The answer.';
    response.headers = { ...response.headers, ...headerReferences(['X-Request-Id', ...limited, ...replayed]) };
    for (const [type, media] of Object.entries(response.content ?? {})) {
      if (type === NDJSON) describeLines(document, media);
      else if (status.startsWith('2')) addExample(document, media);
    }
  }
  operation.responses = { ...errorsOf(operation, traits), ...responses };
}

/** A route that names the schema of errors beside a status means: this one as well. */
function isError({ content = {} }: DocumentedResponse): boolean {
  const media = Object.values(content);
  return media.length > 0 && media.every(({ schema }) => schema['$ref'] === `${COMPONENT}Error`);
}

function rightWords(access: RouteTraits['access']): string | undefined {
  switch (access) {
    case 'public':
    case 'anybody signed in':
    case 'proxy token':
      return undefined;
    case 'account':
      return 'For people: API keys and narrowed tokens cannot do this.';
    case 'admin':
      return 'For administrators of the relay.';
    case 'admin or own computer':
      return "For administrators of the relay, and for the relay's own computer without a token.";
    default:
      return `API keys and narrowed tokens need the scope \`${access}\`.`;
  }
}

/** A schema's own example, also beside it: many tools look only there. */
function addExample(document: OpenApiDocument, media: MediaType): void {
  media.example ??= examplesOf(document, media.schema)[0];
}

/** A stream's schema is that of its lines. */
function describeLines(document: OpenApiDocument, media: MediaType): void {
  const items = media.schema;
  media.example ??= examplesOf(document, items)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
  media['x-item-schema'] = items;
  media.schema = { type: 'string', description: 'JSON objects, one a line, as they come; see `x-item-schema`.' };
}

function examplesOf(document: OpenApiDocument, schema: JsonSchema): unknown[] {
  const { examples } = resolveSchema(document, schema);
  return Array.isArray(examples) ? examples : [];
}

function resolveSchema({ components }: OpenApiDocument, schema: JsonSchema): JsonSchema {
  const { $ref } = schema;
  return typeof $ref === 'string' ? (components.schemas[$ref.slice(COMPONENT.length)] ?? {}) : schema;
}

/**
 * The converter makes two components of each schema, `X` for answers and `XInput` for requests: those that nothing refers
 * to go, and an `XInput` alone is called `X`. "No other fields" goes as well: receivers ignore what they don't know.
 */
function tidy(document: OpenApiDocument): OpenApiDocument {
  const { schemas, ...others } = document.components;
  const used = new Set<string>();
  const collect = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      collect(schemas[name] ?? {});
    }
  };
  collect({ ...document, components: others });

  const finalName = (name: string): string => {
    const alone = name.replace(/Input$/, '');
    return used.has(alone) ? name : alone;
  };
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  const renamed = {
    ...document,
    components: {
      ...others,
      schemas: Object.fromEntries(
        kept
          .map(([name, schema]): [string, JsonSchema] => [finalName(name), schema])
          .toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
    },
  };
  return JSON.parse(JSON.stringify(renamed), (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string' && value.startsWith(COMPONENT)) {
      return `${COMPONENT}${finalName(value.slice(COMPONENT.length))}`;
    }
    if (isDateTime(value)) delete value['pattern'];
    return isNoise(key, value) ? undefined : value;
  }) as OpenApiDocument; // as: what was written is what is read
}

/** `format` says it; the pattern is half a page long. */
function isDateTime(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 'date-time';
}

/** What JSON Schema needs no words for: safe integers, and that other fields may come. */
function isNoise(key: string, value: unknown): boolean {
  if (key === 'additionalProperties') return value === false;
  return (key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
}
