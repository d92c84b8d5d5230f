/**
 * What a request may bring along, to the relay and to the engine: never Host, Origin, Cookie or Authorization. They are
 * a program's own, and Ollama answers 403 to foreign ones.
 */
export const REQUEST_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'anthropic-beta',
  'anthropic-version',
  'content-length',
  'content-type',
  'openai-beta',
  'user-agent',
]);
