import { EXAMPLE_UUID } from '@cloudtolocalllm/protocol';
import type { JsonSchema, Operation, Parameter, PathItem } from './document.ts';

/** The wildcard routes as they are documented: `path` goes on to the end. */
export const GATEWAY_PATHS = { ollama: '/ollama/{path}', openai: '/v1/{path}' } as const;

const PATH: Parameter = {
  name: 'path',
  in: 'path',
  required: true,
  description: 'What follows, slashes and query included, goes to the engine as it is.',
  schema: { type: 'string' },
  example: 'api/chat',
};
const BRIDGE: Parameter = {
  name: 'X-Bridge-Id',
  in: 'header',
  description:
    'Which of your bridges to use. When absent: the one that the model names (`llama3.2@studio-pc`), else one that has ' +
    'the model, else the first one that is online.',
  schema: { type: 'string' },
  example: `bridge-${EXAMPLE_UUID}`,
};

const TAGS = { models: [{ name: 'llama3.2:1b', size: 1321098329 }] };
const CHAT = { model: 'llama3.2:1b', messages: [{ role: 'user', content: 'Hello, how are you?' }] };
const CHAT_LINES = [
  { model: 'llama3.2:1b', message: { role: 'assistant', content: 'Fine' }, done: false },
  { model: 'llama3.2:1b', message: { role: 'assistant', content: ', thank you.' }, done: false },
  { model: 'llama3.2:1b', message: { role: 'assistant', content: '' }, done: true, eval_count: 5 },
];

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'llama3.2:1b',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Fine, thank you.' }, finish_reason: 'stop' }],
};

interface Words {
  operationId: string;
  summary: string;
  request?: JsonSchema;
  response?: Record<string, JsonSchema>;
}

/** `/ollama/*` passes everything through: one operation for each method that engines use, each with a typical example. */
export function gatewayOperations(): PathItem {
  return {
    get: operation({
      operationId: 'ollamaGet',
      summary: "Read from the engine's API",
      response: { 'application/json': example(TAGS) },
    }),
    head: operation({ operationId: 'ollamaHead', summary: 'Ask whether the engine has something' }),
    post: operation({
      operationId: 'ollamaPost',
      summary: "Ask the engine's API: chat, generate, embed, show",
      request: example(CHAT),
      response: {
        'application/json': example({ ...CHAT_LINES[2], message: { role: 'assistant', content: 'Fine, thank you.' } }),
        'application/x-ndjson': { type: 'object', examples: CHAT_LINES },
      },
    }),
    delete: operation({
      operationId: 'ollamaDelete',
      summary: 'Delete from the engine',
      request: example({ model: 'llama3.2:1b' }),
      response: { 'application/json': example({}) },
    }),
  };
}

/** `/v1/*`: the same in OpenAI's and Anthropic's dialects, where the clients of these look for it. */
export function openaiOperations(): PathItem {
  const path = { ...PATH, example: 'chat/completions' };
  const of = (words: Words): Operation => ({ ...operation(words), parameters: [path, BRIDGE] });
  return {
    get: of({
      operationId: 'openaiGet',
      summary: "Read from the engine's OpenAI-compatible API",
      response: { 'application/json': example({ object: 'list', data: [{ id: 'llama3.2:1b', object: 'model' }] }) },
    }),
    head: of({ operationId: 'openaiHead', summary: "Ask whether the engine's OpenAI-compatible API has something" }),
    post: of({
      operationId: 'openaiPost',
      summary:
        "Ask the engine's OpenAI- or Anthropic-compatible API: chat completions, responses, embeddings, messages",
      request: example(CHAT),
      response: {
        'application/json': example(COMPLETION),
        'text/event-stream': {
          type: 'string',
          description: 'Server-sent events, as the engine sends them.',
          examples: ['data: {"choices":[{"index":0,"delta":{"content":"Fine"}}]}\n\ndata: [DONE]\n\n'],
        },
      },
    }),
    delete: of({
      operationId: 'openaiDelete',
      summary: "Delete by the engine's OpenAI-compatible API",
      response: { 'application/json': example({ id: 'llama3.2:1b', object: 'model', deleted: true }) },
    }),
  };
}

function operation({ operationId, summary, request, response }: Words): Operation {
  return {
    operationId,
    summary,
    description:
      'Goes to the engine behind one of your bridges as it is, if the policy of that bridge allows it; what the engine ' +
      'answers comes back as it is, its errors too. Errors of the relay come in the form of that API. The token may come ' +
      'as `x-api-key` as well. Other methods pass through too.',
    tags: ['Inference'],
    parameters: [PATH, BRIDGE],
    ...(request && { requestBody: { content: { 'application/json': { schema: request } } } }),
    responses: {
      200: {
        description: 'What the engine answers.',
        ...(response && {
          content: Object.fromEntries(Object.entries(response).map(([type, schema]) => [type, { schema }])),
        }),
      },
    },
    'x-route': { access: 'inference', limitedBy: 'bridge', speaksEngine: true },
  };
}

function example(value: object): JsonSchema {
  return { type: 'object', examples: [value] };
}
