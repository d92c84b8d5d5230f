import { EngineError } from './engine-error.ts';
import { asFields, type Fields, listField, textField } from './fields.ts';

/** A message of a conversation as text; pictures and tool calls mean nothing to this model. */
export interface Message {
  role: string;
  content: string;
}

/** Reads `messages`, whose contents are strings or, as OpenAI allows, lists of parts. */
export function readMessages(fields: Fields): Message[] {
  return listField(fields, 'messages').map((item) => {
    const message = asFields(item, 'message');
    return { role: textField(message, 'role') ?? '', content: readContent(message) };
  });
}

/** Lays a conversation out as the model file's own chat template does. */
export function renderPrompt(messages: readonly Message[]): string {
  return `${messages.map(({ role, content }) => `${role}: ${content}\n`).join('')}assistant:`;
}

/** The text of a message's `content`: a string, or parts of which the texts count. */
export function readContent(message: Fields): string {
  const content = message['content'] ?? null;
  if (content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content))
    throw new EngineError('bad-request', 'invalid message content: must be a string or a list of parts');
  return content.map((part) => textField(asFields(part, 'message content part'), 'text') ?? '').join('');
}
