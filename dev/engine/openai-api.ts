import { randomUUID } from 'node:crypto';
import { refuseTools } from './abilities.ts';
import { collectAnswer, type GenerationEnd, streamAnswer, type StreamFormat } from './answer.ts';
import type { DemoModel } from './demo-model.ts';
import { EngineError } from './engine-error.ts';
import type { Exchange } from './exchange.ts';
import { booleanField, type Fields, numberField, objectField, textField, textsField } from './fields.ts';
import { readJsonBody } from './json-body.ts';
import { readMessages, renderPrompt } from './prompt.ts';
import { openaiError, sendJson } from './respond.ts';

/** How chat and plain completions differ on the wire. */
interface Dialect {
  idPrefix: string;
  object: string;
  chunkObject: string;
  whole(text: string): object;
  part(text: string): object;
}

const CHAT: Dialect = {
  idPrefix: 'chatcmpl',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  whole: (content) => ({ message: { role: 'assistant', content } }),
  part: (content) => ({ delta: { role: 'assistant', content } }),
};

const TEXT: Dialect = {
  idPrefix: 'cmpl',
  object: 'text_completion',
  chunkObject: 'text_completion',
  whole: (text) => ({ text }),
  part: (text) => ({ text }),
};

/** `POST /v1/chat/completions` */
export async function handleChatCompletions(exchange: Exchange): Promise<void> {
  const body = await readJsonBody(exchange.request);
  const messages = readMessages(body);
  if (messages.length === 0) throw new EngineError('bad-request', "[] is too short - 'messages'");
  await complete(exchange, body, renderPrompt(messages), CHAT);
}

/** `POST /v1/completions` */
export async function handleCompletions(exchange: Exchange): Promise<void> {
  const body = await readJsonBody(exchange.request);
  const content = textsField(body, 'prompt').join('');
  await complete(exchange, body, renderPrompt([{ role: 'user', content }]), TEXT);
}

async function complete(
  { engine, response, signal }: Exchange,
  body: Fields,
  prompt: string,
  dialect: Dialect,
): Promise<void> {
  const name = textField(body, 'model');
  const model = engine.find(name);
  refuseTools(body);
  const limit = numberField(body, 'max_completion_tokens') ?? numberField(body, 'max_tokens');
  const pieces = model.generate({
    prompt,
    limit: limit && limit > 0 ? limit : undefined,
    stops: textsField(body, 'stop'),
    signal,
  });
  const common = {
    id: `${dialect.idPrefix}-${randomUUID()}`,
    object: dialect.object,
    created: Math.floor(Date.now() / 1000),
    model: name,
    system_fingerprint: 'fp_ollama',
  };
  if (!booleanField(body, 'stream')) {
    const whole = await collectAnswer(pieces);
    if (!whole) return;
    const choice = { index: 0, ...dialect.whole(whole.text), finish_reason: whole.end.reason };
    sendJson(response, { ...common, choices: [choice], usage: usage(whole.end) });
    return;
  }

  const chunk = (choices: object[], rest: object = {}) =>
    event({ ...common, object: dialect.chunkObject, choices, ...rest });
  const withUsage = booleanField(objectField(body, 'stream_options'), 'include_usage') ?? false;
  const format: StreamFormat = {
    contentType: 'text/event-stream',
    token: (text) => chunk([{ index: 0, ...dialect.part(text), finish_reason: null }]),
    end: (end) =>
      chunk([{ index: 0, ...dialect.part(''), finish_reason: end.reason }]) +
      (withUsage ? chunk([], { usage: usage(end) }) : '') +
      'data: [DONE]\n\n',
    error: (error) => event(openaiError(error)),
  };
  await streamAnswer(response, pieces, format, signal);
}

/** `POST /v1/embeddings`, as numbers or, what OpenAI's own client asks for, as base64 of 32-bit floats. */
export async function handleOpenaiEmbeddings({ engine, request, response }: Exchange): Promise<void> {
  const body = await readJsonBody(request);
  const name = textField(body, 'model');
  const model = engine.find(name);
  const input = textsField(body, 'input');
  if (input.length === 0) throw new EngineError('bad-request', 'invalid input');
  const encoding = (textField(body, 'encoding_format') || 'float').toLowerCase();
  if (encoding !== 'float' && encoding !== 'base64')
    throw new EngineError('bad-request', 'invalid encoding_format: must be float or base64');

  const embeddings = await model.embed(input);
  const tokens = embeddings.reduce((sum, embedding) => sum + embedding.tokens, 0);
  const data = embeddings.map(({ vector }, index) => ({
    object: 'embedding',
    index,
    embedding: encoding === 'float' ? vector : toBase64(vector),
  }));
  sendJson(response, { object: 'list', data, model: name, usage: { prompt_tokens: tokens, total_tokens: tokens } });
}

/** `GET /v1/models` */
export function handleModels({ engine, response }: Exchange): void {
  sendJson(response, { object: 'list', data: engine.models.map((model) => describe(model, model.name)) });
}

/** `GET /v1/models/{id}` */
export function handleModel({ engine, response, parameter }: Exchange): void {
  sendJson(response, describe(engine.find(parameter), parameter));
}

function describe({ modifiedAt }: DemoModel, id: string) {
  return { id, object: 'model', created: Math.floor(modifiedAt.getTime() / 1000), owned_by: 'library' };
}

function usage({ figures: { promptTokens, tokens } }: GenerationEnd) {
  return { prompt_tokens: promptTokens, completion_tokens: tokens, total_tokens: promptTokens + tokens };
}

function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}

function event(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
