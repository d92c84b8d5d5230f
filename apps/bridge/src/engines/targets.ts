/** What runs a model. */
const GENERATIONS = new Set([
  '/api/chat',
  '/api/embed',
  '/api/embeddings',
  '/api/generate',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/messages',
  '/v1/responses',
]);
/** What else is about the one model that its body names. */
const ABOUT_ONE_MODEL = new Set(['/api/show', '/api/pull', '/api/delete', '/v1/messages/count_tokens']);
/** Where Ollama reads a model's `name` as well: docs/api.md of ollama/ollama. */
const TAKES_NAME = new Set(['/api/show', '/api/pull', '/api/delete']);
const MODEL_OR_NAME: ReadonlySet<string> = new Set(['model', 'name']);
const ONE_MODEL = '/v1/models/';

/** Whether it keeps an engine busy: only these wait for their turn. */
export function isGeneration(path: string): boolean {
  return GENERATIONS.has(pathOnly(path));
}

/** Whether its body names the one model that it is about. */
export function namesModel(path: string): boolean {
  return isGeneration(path) || ABOUT_ONE_MODEL.has(pathOnly(path));
}

/** The fields of a body that name the model; undefined = `model` alone. */
export function modelFields(path: string): ReadonlySet<string> | undefined {
  return TAKES_NAME.has(pathOnly(path)) ? MODEL_OR_NAME : undefined;
}

/** The model that a path names: `/v1/models/…`. */
export function modelInPath(path: string): string | undefined {
  if (!path.startsWith(ONE_MODEL)) return undefined;
  const name = pathOnly(path).slice(ONE_MODEL.length);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export function pathOnly(path: string): string {
  return path.split('?', 1)[0] ?? '';
}
