import { BodyFields, namedModels } from '@cloudtolocalllm/protocol/bodies';
import { RelayError } from '../errors.ts';
import { API_KEY, listModels, type Narrowed, requireModel } from '../keys/restrictions.ts';

/** What names no model: lists and what runs. */
const LISTS = new Set(['/', '/api/tags', '/api/ps', '/api/version', '/v1/models']);
/** Where Ollama reads `name` as well, and no other engine anything. */
const SHOW = '/api/show';
const MODEL_OR_NAME: ReadonlySet<string> = new Set(['model', 'name']);
/** One model by its name. */
const MODEL_PATH = '/v1/models/';
/** What uses the one model that its body names. Others name more than one (copy, create) or hide it. */
const USES = new Set([
  '/api/chat',
  '/api/embed',
  '/api/embeddings',
  '/api/generate',
  '/api/show',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/responses',
]);

export interface Target {
  /** With query, as the engine shall see it. */
  path: string;
  method: string;
}

/** Whether a model is used that must be there already. */
export function usesModel({ method, path }: Target): boolean {
  const [target = ''] = path.split('?', 1);
  return (method === 'POST' && USES.has(target)) || target.startsWith(MODEL_PATH);
}

/** Whether asking twice does no harm: what uses a model changes nothing, and neither does reading. */
export function mayRetry({ method, path }: Target): boolean {
  const [target = ''] = path.split('?', 1);
  return method === 'GET' || method === 'HEAD' || (method === 'POST' && USES.has(target));
}

/**
 * Looks at the target of a request that came with a key that is narrowed to some models. True: it is the body that says
 * which model is used, see `checkBody`.
 * @throws RelayError forbidden for another model, and for every target of which nobody knows what model it uses.
 */
export function checkTarget(user: Narrowed, { method, path }: Target): boolean {
  const [target = ''] = path.split('?', 1);
  if (method === 'POST' && USES.has(target)) return true;
  const isReading = method === 'GET' || method === 'HEAD';
  if (isReading && LISTS.has(target)) return false;
  if ((isReading || method === 'DELETE') && target.startsWith(MODEL_PATH)) {
    requireModel(user, decoded(target.slice(MODEL_PATH.length)));
    return false;
  }
  throw new RelayError(
    'forbidden',
    `${user.what ?? API_KEY} is narrowed to some models and cannot do this: it may list models and use its own (chat, generate, embed, show).`,
  );
}

/**
 * Looks at a whole body, as every engine may read it.
 * @throws RelayError forbidden when it names another model, several, or none.
 */
export function checkBody(user: Narrowed, { path }: Pick<Target, 'path'>, body: Buffer): void {
  const { fields, models } = namedModels(body);
  const read = new BodyFields(path.split('?', 1)[0] === SHOW ? MODEL_OR_NAME : undefined);
  read.write(body);
  read.end();
  // An engine that does not find the name where it reads it takes whichever model it has: vLLM, LM Studio, llama.cpp.
  if (models.length === 0 || !read.model?.value) {
    throw new RelayError(
      'forbidden',
      `${user.what ?? API_KEY} is narrowed to some models: send a JSON object whose "model" is one of: ${listModels(user.key?.models ?? [])}.`,
    );
  }
  if (new Set(fields).size < fields.length) {
    throw new RelayError(
      'forbidden',
      `${user.what ?? API_KEY} is narrowed to some models: name the model once, as "model".`,
    );
  }
  for (const model of models) requireModel(user, typeof model === 'string' ? model : '');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
