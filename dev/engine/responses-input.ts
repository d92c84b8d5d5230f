import { EngineError } from './engine-error.ts';
import { asFields, type Fields, textField } from './fields.ts';
import type { Message } from './prompt.ts';

/** What Ollama takes besides messages: calls of tools, their results, thoughts. They mean nothing to this model. */
const OTHER_ITEMS = new Set(['function_call', 'function_call_output', 'reasoning']);
const TEXT_PARTS = new Set(['input_text', 'output_text']);

/**
 * The conversation of a request to `/v1/responses`: `instructions`, then `input`, a question or a list of items.
 *
 * @throws EngineError `bad-request`, as Ollama words it, for items and parts that it doesn't know.
 */
export function readInput(body: Fields): Message[] {
  const instructions = textField(body, 'instructions') ?? '';
  const system = instructions === '' ? [] : [{ role: 'system', content: instructions }];
  const input = body['input'] ?? [];
  if (typeof input === 'string') return input === '' ? system : [...system, { role: 'user', content: input }];
  if (!Array.isArray(input)) throw new EngineError('bad-request', 'input must be a string or array');
  return [...system, ...input.flatMap((item, index) => readItem(asFields(item, `input[${index}]`), `input[${index}]`))];
}

function readItem(item: Fields, place: string): Message[] {
  const role = textField(item, 'role') ?? '';
  const type = textField(item, 'type') || (role === '' ? '' : 'message');
  if (type === '') throw new EngineError('bad-request', `${place}: input item missing required 'type' field`);
  if (OTHER_ITEMS.has(type)) return [];
  if (type !== 'message')
    throw new EngineError('bad-request', `${place}: unknown input item type: ${JSON.stringify(type)}`);
  return [{ role, content: readParts(item['content'] ?? '', place) }];
}

function readParts(content: unknown, place: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw new EngineError('bad-request', `${place}: content must be a string or array`);
  return content.map((value, index) => readPart(asFields(value, 'content'), `${place}: content[${index}]`)).join('');
}

/** A part's text; of a picture, none. */
function readPart(part: Fields, place: string): string {
  const type = textField(part, 'type') ?? '';
  if (TEXT_PARTS.has(type)) return textField(part, 'text') ?? '';
  if (type === 'input_image') return '';
  if (type === 'input_file') throw new EngineError('bad-request', 'file inputs are not currently supported');
  throw new EngineError('bad-request', `${place}: unknown content type: ${type}`);
}
