import { randomUUID } from 'node:crypto';
import { refuseTools } from './abilities.ts';
import { collectAnswer, type GenerationEnd, streamAnswer, type StreamFormat } from './answer.ts';
import { EngineError } from './engine-error.ts';
import type { Exchange } from './exchange.ts';
import { booleanField, type Fields, numberField, textField, textsField } from './fields.ts';
import { readJsonBody } from './json-body.ts';
import { readContent, readMessages, renderPrompt, type Message } from './prompt.ts';
import { anthropicError, sendJson } from './respond.ts';

/** `POST /v1/messages`, as Ollama has it: https://docs.anthropic.com/en/api/messages */
export async function handleMessages({ engine, request, response, signal }: Exchange): Promise<void> {
  const body = await readJsonBody(request);
  const name = textField(body, 'model') ?? '';
  const limit = numberField(body, 'max_tokens') ?? 0;
  if (name === '') throw new EngineError('bad-request', 'model is required');
  if (limit <= 0) throw new EngineError('bad-request', 'max_tokens is required and must be positive');
  const messages = readMessages(body);
  if (messages.length === 0) throw new EngineError('bad-request', 'messages is required');
  const model = engine.find(name);
  refuseTools(body);
  const pieces = model.generate({
    prompt: renderPrompt([...systemOf(body), ...messages]),
    limit,
    stops: textsField(body, 'stop_sequences'),
    signal,
  });
  const message = (content: object[], rest: object) => ({
    id: `msg_${randomUUID()}`,
    type: 'message',
    role: 'assistant',
    model: name,
    content,
    ...rest,
  });
  if (booleanField(body, 'stream')) {
    const begun = message([], { stop_reason: null, stop_sequence: null, usage: { input_tokens: 0, output_tokens: 0 } });
    await streamAnswer(response, pieces, streamOf(begun), signal);
    return;
  }
  const whole = await collectAnswer(pieces);
  if (!whole) return;
  const { text, end } = whole;
  const content = text === '' ? [] : [{ type: 'text', text }];
  sendJson(response, message(content, { ...stop(end), usage: usage(end) }));
}

/** The events of a streamed message; its block begins with its first text, and without any there is none. */
function streamOf(message: object): StreamFormat {
  let hasBlock = false;
  const begin = (): string => event('message_start', { message });
  const beginBlock = (): string => {
    if (hasBlock) return '';
    hasBlock = true;
    return begin() + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  };
  return {
    contentType: 'text/event-stream',
    token: (text) => beginBlock() + event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    end: (end) =>
      (hasBlock ? event('content_block_stop', { index: 0 }) : begin()) +
      event('message_delta', { delta: stop(end), usage: usage(end) }) +
      event('message_stop', {}),
    error: (error) => `event: error\ndata: ${JSON.stringify(anthropicError(error))}\n\n`,
  };
}

/** `system` is a text or a list of text blocks. */
function systemOf(body: Fields): Message[] {
  const content = readContent({ content: body['system'] });
  return content === '' ? [] : [{ role: 'system', content }];
}

/** A stop sequence ends a turn like the model's own end does: Ollama doesn't tell them apart. */
function stop({ reason }: GenerationEnd) {
  return { stop_reason: reason === 'length' ? 'max_tokens' : 'end_turn', stop_sequence: null };
}

function usage({ figures: { promptTokens, tokens } }: GenerationEnd) {
  return { input_tokens: promptTokens, output_tokens: tokens };
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
