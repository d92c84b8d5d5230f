import { randomUUID } from 'node:crypto';
import { collectAnswer, type GenerationEnd, streamAnswer, type StreamFormat } from './answer.ts';
import { EngineError } from './engine-error.ts';
import type { Exchange } from './exchange.ts';
import { booleanField, type Fields, numberField, textField } from './fields.ts';
import { readJsonBody } from './json-body.ts';
import { readMessages, renderPrompt, type Message } from './prompt.ts';
import { openaiError, sendJson } from './respond.ts';

/** `POST /v1/responses`, as Ollama has it: without state. https://platform.openai.com/docs/api-reference/responses */
export async function handleResponses({ engine, request, response, signal }: Exchange): Promise<void> {
  const body = await readJsonBody(request);
  const name = textField(body, 'model') ?? '';
  const limit = numberField(body, 'max_output_tokens') ?? 0;
  const messages = inputOf(body);
  if (messages.length === 0) throw new EngineError('bad-request', 'input is required');
  const pieces = engine.find(name).generate({
    prompt: renderPrompt(messages),
    limit: limit > 0 ? limit : undefined,
    stops: [],
    signal,
  });
  const answer = new ResponseObject(name);
  if (booleanField(body, 'stream')) {
    await streamAnswer(response, pieces, streamOf(answer), signal);
    return;
  }
  const whole = await collectAnswer(pieces);
  if (whole) sendJson(response, answer.ended(whole.text, whole.end));
}

/** What the API shows of one response, at its beginning and its end. */
class ResponseObject {
  readonly itemId = `msg_${randomUUID()}`;
  readonly #common: object;

  constructor(model: string) {
    this.#common = {
      id: `resp_${randomUUID()}`,
      object: 'response',
      created_at: Math.floor(Date.now() / 1000),
      model,
      error: null,
      incomplete_details: null,
    };
  }

  begun(): object {
    return { ...this.#common, status: 'in_progress', output: [] };
  }

  ended(text: string, { reason, figures: { promptTokens, tokens } }: GenerationEnd): object {
    const isCut = reason === 'length';
    const usage = { input_tokens: promptTokens, output_tokens: tokens, total_tokens: promptTokens + tokens };
    return {
      ...this.#common,
      status: isCut ? 'incomplete' : 'completed',
      ...(isCut && { incomplete_details: { reason: 'max_output_tokens' } }),
      output: [this.item('completed', [part(text)])],
      usage,
    };
  }

  item(status: string, content: object[]): object {
    return { id: this.itemId, type: 'message', role: 'assistant', status, content };
  }
}

function streamOf(answer: ResponseObject): StreamFormat {
  const place = { item_id: answer.itemId, output_index: 0, content_index: 0 };
  let number = 0;
  let text = '';
  const event = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...fields })}\n\n`;
  const begin = (): string => {
    if (number > 0) return '';
    return (
      event('response.created', { response: answer.begun() }) +
      event('response.in_progress', { response: answer.begun() }) +
      event('response.output_item.added', { output_index: 0, item: answer.item('in_progress', []) }) +
      event('response.content_part.added', { ...place, part: part('') })
    );
  };
  return {
    contentType: 'text/event-stream',
    token: (delta) => {
      text += delta;
      return begin() + event('response.output_text.delta', { ...place, delta });
    },
    end: (end) =>
      begin() +
      event('response.output_text.done', { ...place, text }) +
      event('response.content_part.done', { ...place, part: part(text) }) +
      event('response.output_item.done', { output_index: 0, item: answer.item('completed', [part(text)]) }) +
      event(end.reason === 'length' ? 'response.incomplete' : 'response.completed', {
        response: answer.ended(text, end),
      }),
    error: (error) => event('error', { ...(openaiError(error) as object) }), // it is one
  };
}

/** `input` is a question or a list of messages; `instructions` stand before them. */
function inputOf(body: Fields): Message[] {
  const { input } = body;
  const instructions = textField(body, 'instructions') ?? '';
  const asked =
    typeof input === 'string' && input !== '' ? [{ role: 'user', content: input }] : readMessages({ messages: input });
  return [...(instructions === '' ? [] : [{ role: 'system', content: instructions }]), ...asked];
}

function part(text: string) {
  return { type: 'output_text', text, annotations: [] };
}
