import type { EngineKind } from '../engine-kind.ts';
import { keepAliveSeconds } from './keep-alive.ts';
import { type Fields, fieldsOf, isFields } from './record.ts';

/** Ollama's options by OpenAI's names: docs/modelfile.md of ollama/ollama, https://platform.openai.com/docs/api-reference. */
const NAMES: readonly (readonly [ollama: string, openai: string])[] = [
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['presence_penalty', 'presence_penalty'],
  ['frequency_penalty', 'frequency_penalty'],
];
/** What OpenAI does not know but these engines do; strict servers refuse a request for it. */
const MORE_NAMES: Partial<Record<EngineKind, readonly (readonly [ollama: string, openai: string])[]>> = {
  llamacpp: [
    ['top_k', 'top_k'],
    ['min_p', 'min_p'],
    ['repeat_penalty', 'repeat_penalty'],
  ],
  lmstudio: [
    ['top_k', 'top_k'],
    ['min_p', 'min_p'],
    ['repeat_penalty', 'repeat_penalty'],
  ],
  vllm: [
    ['top_k', 'top_k'],
    ['min_p', 'min_p'],
    ['repeat_penalty', 'repetition_penalty'],
  ],
};

/** The fields of an OpenAI request that say how an answer is to be made. */
export function generationFields(body: Fields, kind: EngineKind): Fields {
  const options = fieldsOf(body['options']);
  const fields: Fields = {};
  for (const [from, to] of [...NAMES, ...(MORE_NAMES[kind] ?? [])]) {
    if (options[from] !== undefined && options[from] !== null) fields[to] = options[from];
  }
  const most = options['num_predict'];
  // Ollama's -1 is "without end", -2 "until the context is full": what others do when nothing is said.
  if (typeof most === 'number' && most >= 0) fields['max_tokens'] = most;
  const format = responseFormat(body['format']);
  if (format) fields['response_format'] = format;
  return { ...fields, ...ttlField(body, kind) };
}

/** Ollama's `keep_alive`, for those that know something like it: https://lmstudio.ai/docs/api/ttl-and-auto-evict */
export function ttlField({ keep_alive }: Fields, kind: EngineKind): Fields {
  const seconds = kind === 'lmstudio' ? keepAliveSeconds(keep_alive) : undefined;
  return seconds === undefined ? {} : { ttl: seconds };
}

/** Whether it reasons first, and how much. */
export function thinkFields(think: unknown, kind: EngineKind): Fields {
  if (typeof think === 'string') return { reasoning_effort: think };
  // The chat template's own switch, as Qwen, GLM and others have it.
  if (typeof think === 'boolean' && (kind === 'llamacpp' || kind === 'vllm')) {
    return { chat_template_kwargs: { enable_thinking: think } };
  }
  return {};
}

function responseFormat(format: unknown): object | undefined {
  if (format === 'json') return { type: 'json_object' };
  if (!isFields(format)) return undefined;
  return { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: format } };
}
