import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { handleMessages } from './anthropic-api.ts';
import type { Engine } from './engine.ts';
import type { Handler } from './exchange.ts';
import { handleChat, handleGenerate } from './ollama-answers.ts';
import { handleEmbed, handleEmbeddings, handlePs, handleShow, handleTags, handleVersion } from './ollama-models.ts';
import { handleDelete, handlePull } from './ollama-refusals.ts';
import {
  handleChatCompletions,
  handleCompletions,
  handleModel,
  handleModels,
  handleOpenaiEmbeddings,
} from './openai-api.ts';
import { handleResponses } from './responses-api.ts';
import { isAllowed } from './request-guard.ts';
import {
  anthropicError,
  type ErrorAnswer,
  ollamaError,
  openaiError,
  send,
  sendJson,
  toErrorAnswer,
} from './respond.ts';

const TEXT = 'text/plain; charset=utf-8';

/** GET routes answer HEAD as well. */
const ROUTES: Readonly<Record<string, Partial<Record<'GET' | 'POST' | 'DELETE', Handler>>>> = {
  '/': { GET: ({ response }) => send(response, 'Ollama is running', TEXT) },
  '/api/version': { GET: handleVersion },
  '/api/tags': { GET: handleTags },
  '/api/ps': { GET: handlePs },
  '/api/show': { POST: handleShow },
  '/api/pull': { POST: handlePull },
  '/api/delete': { DELETE: handleDelete },
  '/api/chat': { POST: handleChat },
  '/api/generate': { POST: handleGenerate },
  '/api/embed': { POST: handleEmbed },
  '/api/embeddings': { POST: handleEmbeddings },
  '/v1/models': { GET: handleModels },
  '/v1/models/*': { GET: handleModel },
  '/v1/chat/completions': { POST: handleChatCompletions },
  '/v1/completions': { POST: handleCompletions },
  '/v1/embeddings': { POST: handleOpenaiEmbeddings },
  '/v1/messages': { POST: handleMessages },
  '/v1/responses': { POST: handleResponses },
};

/** The engine's HTTP server, not yet listening. */
export function createEngineServer(engine: Engine): Server {
  const server = createServer((request, response) => void serve(engine, request, response));
  // As with Ollama, an idle connection stays open: a client that reuses one must not find it just closed.
  server.keepAliveTimeout = 0;
  return server;
}

async function serve(engine: Engine, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isAllowed(request)) return end(response, 403);
  const { path, parameter, methods } = route(request.url ?? '/');
  if (!methods) return send(response, '404 page not found', TEXT, 404);
  if (request.method === 'OPTIONS') return end(response, 204);
  // What is no method of ours finds no handler.
  const handler = methods[(request.method === 'HEAD' ? 'GET' : request.method) as 'GET' | 'POST' | 'DELETE'];
  if (!handler) return send(response, '405 method not allowed', TEXT, 405);

  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    await handler({ engine, request, response, parameter, signal: gone.signal });
  } catch (error) {
    if (gone.signal.aborted) return;
    const answer = toErrorAnswer(error);
    sendJson(response, errorFor(path)(answer), answer.status);
  }
}

/** Each API has errors of its own shape. */
function errorFor(path: string): (answer: ErrorAnswer) => unknown {
  if (path === '/v1/messages') return anthropicError;
  return path.startsWith('/v1/') ? openaiError : ollamaError;
}

function route(url: string) {
  const path = url.split('?', 1)[0] ?? '/';
  const exact = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  const [, id] = /^\/v1\/models\/(.+)$/.exec(path) ?? [];
  return {
    path,
    parameter: id === undefined ? '' : decode(id),
    methods: id === undefined ? exact : ROUTES['/v1/models/*'],
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no model has such a name
  }
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0 }).end();
}
