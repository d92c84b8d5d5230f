import { type Fields, fieldsOf, listOf, textOf } from './record.ts';

/** How base64 of an image begins, by its type; Ollama's clients send no type. */
const IMAGE_TYPES: readonly (readonly [start: string, type: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
];

/** Ollama's messages as OpenAI's: images as data URLs, calls of tools with ids by which their results are known. */
export function chatMessages(messages: readonly unknown[]): object[] {
  let calls = 0;
  /** Ids of calls whose results have not come, with the tools' names. */
  let open: { id: string; name: string }[] = [];
  return messages.map((value) => {
    const message = fieldsOf(value);
    const role = textOf(message['role']);
    const content = messageContent(message);
    if (role === 'tool') {
      const name = textOf(message['tool_name']) || textOf(message['name']);
      const called = open.find((call) => call.name === name) ?? open[0];
      open = open.filter((call) => call !== called);
      return { role, content, tool_call_id: textOf(message['tool_call_id']) || (called?.id ?? 'call_0') };
    }
    const toolCalls = listOf(message['tool_calls']).map((call) => {
      const { name, arguments: given } = fieldsOf(fieldsOf(call)['function']);
      const id = textOf(fieldsOf(call)['id']) || `call_${calls++}`;
      open.push({ id, name: textOf(name) });
      const text = typeof given === 'string' ? given : JSON.stringify(given ?? {});
      return { id, type: 'function', function: { name: textOf(name), arguments: text } };
    });
    return { role, content, ...(toolCalls.length > 0 && { tool_calls: toolCalls }) };
  });
}

function messageContent(message: Fields): unknown {
  const text = textOf(message['content']);
  const images = listOf(message['images']).filter((image) => typeof image === 'string');
  if (images.length === 0) return text;
  return [...(text === '' ? [] : [{ type: 'text', text }]), ...images.map(imagePart)];
}

export function imagePart(base64: string): object {
  const type = IMAGE_TYPES.find(([start]) => base64.startsWith(start))?.[1] ?? 'image/jpeg';
  return { type: 'image_url', image_url: { url: `data:${type};base64,${base64}` } };
}
