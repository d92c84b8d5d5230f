import { refuseThinking, refuseTools } from './abilities.ts';
import { collectAnswer, streamAnswer, type StreamFormat } from './answer.ts';
import { EngineError } from './engine-error.ts';
import type { Exchange } from './exchange.ts';
import { booleanField, numberField, objectField, textField } from './fields.ts';
import { readJsonBody } from './json-body.ts';
import { renderPrompt } from './prompt.ts';
import { openaiError, sendJson } from './respond.ts';
import { ResponseObject } from './response-object.ts';
import { readInput } from './responses-input.ts';

/** `POST /v1/responses`, as Ollama has it: without state. https://platform.openai.com/docs/api-reference/responses */
export async function handleResponses({ engine, request, response, signal }: Exchange): Promise<void> {
  const body = await readJsonBody(request);
  const name = textField(body, 'model') ?? '';
  const limit = numberField(body, 'max_output_tokens') ?? 0;
  const messages = readInput(body);
  const model = engine.find(name);
  if (messages.length === 0) throw new EngineError('bad-request', 'input is required');
  refuseTools(body);
  refuseThinking(body, (textField(objectField(body, 'reasoning'), 'effort') ?? 'none') !== 'none');
  const answer = new ResponseObject(name, body);
  const pieces = model.generate({
    prompt: renderPrompt(messages),
    limit: limit > 0 ? limit : undefined,
    stops: [],
    signal,
  });
  if (booleanField(body, 'stream')) {
    await streamAnswer(response, pieces, streamOf(answer), signal);
    return;
  }
  const whole = await collectAnswer(pieces);
  if (whole) sendJson(response, answer.ended([answer.item('completed', [part(whole.text)])], whole.end));
}

/** The events of a streamed response; its message begins with its first text, and without any there is none. */
function streamOf(answer: ResponseObject): StreamFormat {
  const place = { item_id: answer.itemId, output_index: 0, content_index: 0 };
  let number = 0;
  let text = '';
  const event = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...fields })}\n\n`;
  const begin = (): string =>
    number > 0
      ? ''
      : event('response.created', { response: answer.begun() }) +
        event('response.in_progress', { response: answer.begun() });
  const beginItem = (): string =>
    text !== ''
      ? ''
      : event('response.output_item.added', { output_index: 0, item: answer.item('in_progress', []) }) +
        event('response.content_part.added', { ...place, part: part('') });
  const endItem = (item: object): string =>
    event('response.output_text.done', { ...place, text, logprobs: [] }) +
    event('response.content_part.done', { ...place, part: part(text) }) +
    event('response.output_item.done', { output_index: 0, item });
  return {
    contentType: 'text/event-stream',
    token: (delta) => {
      const begun = begin() + beginItem();
      text += delta;
      return begun + event('response.output_text.delta', { ...place, delta, logprobs: [] });
    },
    end: (end) => {
      const items = text === '' ? [] : [answer.item('completed', [part(text)])];
      return (
        begin() + items.map(endItem).join('') + event('response.completed', { response: answer.ended(items, end) })
      );
    },
    error: (error) => event('error', { ...(openaiError(error) as object) }), // it is one
  };
}

function part(text: string) {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}
