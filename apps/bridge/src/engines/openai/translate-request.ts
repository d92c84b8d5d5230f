import type { EngineKind } from '../engine-kind.ts';
import { chatMessages } from './chat-messages.ts';
import { generationFields, thinkFields, ttlField } from './generation-options.ts';
import { isUnload } from './keep-alive.ts';
import { type Fields, listOf, textOf } from './record.ts';

/** How the answer is to be made of OpenAI's: by the path that was asked. */
export type AnswerShape = 'chat' | 'generate' | 'embed' | 'embeddings';

/** What is asked of an OpenAI-compatible engine in place of Ollama's API. */
export interface TranslatedRequest {
  path: string;
  body: object;
  shape: AnswerShape;
  isStreamed: boolean;
}

/** Asks for nothing but the model to be loaded, or to be unloaded. */
export interface LoadRequest {
  shape: 'chat' | 'generate';
  load: 'load' | 'unload';
}

/** A target of Ollama's API that is translated. */
export function shapeOf(path: string): AnswerShape | undefined {
  switch (path.split('?', 1)[0]) {
    case '/api/chat':
      return 'chat';
    case '/api/generate':
      return 'generate';
    case '/api/embed':
      return 'embed';
    case '/api/embeddings':
      return 'embeddings';
    default:
      return undefined;
  }
}

/** The body of a request of Ollama's API (docs/api.md of ollama/ollama) for an engine that has `model` under this name. */
export function translateRequest(
  shape: AnswerShape,
  body: Fields,
  { model, kind }: { model: string; kind: EngineKind },
): TranslatedRequest | LoadRequest {
  const isStreamed = body['stream'] !== false;
  const stream = isStreamed ? { stream: true, stream_options: { include_usage: true } } : { stream: false };
  switch (shape) {
    case 'chat': {
      const messages = listOf(body['messages']);
      if (messages.length === 0) return { shape, load: loadOf(body) };
      const tools = listOf(body['tools']);
      return {
        shape,
        path: '/v1/chat/completions',
        isStreamed,
        body: {
          model,
          messages: chatMessages(messages),
          ...stream,
          ...(tools.length > 0 && { tools }),
          ...thinkFields(body['think'], kind),
          ...generationFields(body, kind),
        },
      };
    }
    case 'generate':
      return translateGenerate(body, { model, ...stream, ...generationFields(body, kind) }, { kind, isStreamed });
    case 'embed':
    case 'embeddings':
      return {
        shape,
        path: '/v1/embeddings',
        isStreamed: false,
        body: {
          model,
          input: shape === 'embed' ? (body['input'] ?? []) : textOf(body['prompt']),
          encoding_format: 'float',
          ...(typeof body['dimensions'] === 'number' && { dimensions: body['dimensions'] }),
          ...ttlField(body, kind),
        },
      };
  }
}

/** Ollama puts a prompt into the model's chat template unless it is `raw`; completions take it as it is. */
function translateGenerate(
  body: Fields,
  fields: Fields,
  { kind, isStreamed }: { kind: EngineKind; isStreamed: boolean },
): TranslatedRequest | LoadRequest {
  const shape = 'generate';
  const prompt = textOf(body['prompt']);
  const suffix = textOf(body['suffix']);
  if (prompt === '' && suffix === '') return { shape, load: loadOf(body) };
  if (body['raw'] === true || suffix !== '') {
    return {
      shape,
      path: '/v1/completions',
      isStreamed,
      body: { ...fields, prompt, ...(suffix !== '' && { suffix }) },
    };
  }
  const system = textOf(body['system']);
  const messages = chatMessages([
    ...(system === '' ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: prompt, images: body['images'] },
  ]);
  const chat = { ...fields, messages, ...thinkFields(body['think'], kind) };
  return { shape, path: '/v1/chat/completions', isStreamed, body: chat };
}

function loadOf(body: Fields): 'load' | 'unload' {
  return isUnload(body['keep_alive']) ? 'unload' : 'load';
}
