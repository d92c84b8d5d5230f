import { refuseThinking, refuseTools } from './abilities.ts';
import { collectAnswer, type GenerationEnd, streamAnswer, type StreamFormat } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { booleanField, type Fields, numberField, objectField, textField, textsField } from './fields.ts';
import { readJsonBody } from './json-body.ts';
import { readKeepAlive } from './keep-alive.ts';
import { readMessages, renderPrompt } from './prompt.ts';
import { ollamaError, sendJson } from './respond.ts';

const NANOSECONDS_PER_MS = 1e6;

/** `POST /api/chat`: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion */
export async function handleChat(exchange: Exchange): Promise<void> {
  const body = await readJsonBody(exchange.request);
  const messages = readMessages(body);
  refuseTools(body);
  await answer(exchange, body, messages.length > 0 ? renderPrompt(messages) : undefined, inMessage);
}

/** `POST /api/generate`: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-completion */
export async function handleGenerate(exchange: Exchange): Promise<void> {
  const body = await readJsonBody(exchange.request);
  const content = textField(body, 'prompt') ?? '';
  const system = textField(body, 'system');
  const messages = [...(system ? [{ role: 'system', content: system }] : []), { role: 'user', content }];
  const prompt = booleanField(body, 'raw') ? content : renderPrompt(messages);
  await answer(exchange, body, content === '' ? undefined : prompt, inResponse);
}

/** Where a chat carries its text. */
function inMessage(content: string) {
  return { message: { role: 'assistant', content } };
}

/** Where a completion carries its text. */
function inResponse(response: string) {
  return { response };
}

/** Generates; without a prompt it loads the model, or unloads it where `keep_alive` is 0. */
async function answer(
  exchange: Exchange,
  body: Fields,
  prompt: string | undefined,
  carry: (text: string) => object,
): Promise<void> {
  const { engine, response, signal } = exchange;
  const startedAt = performance.now();
  const name = textField(body, 'model');
  const model = engine.find(name);
  refuseThinking(body, Boolean(body.think));
  const options = objectField(body, 'options');
  const keepAliveMs = readKeepAlive(body);
  const line = (fields: object) => ({ model: name, created_at: new Date().toISOString(), ...fields });

  if (prompt === undefined) {
    await model.keepAlive(keepAliveMs);
    sendJson(response, line({ ...carry(''), done: true, done_reason: keepAliveMs === 0 ? 'unload' : 'load' }));
    return;
  }

  const pieces = model.generate(
    { prompt, limit: readLimit(options), stops: textsField(options, 'stop'), signal },
    keepAliveMs,
  );
  if (booleanField(body, 'stream') ?? true) {
    const format: StreamFormat = {
      contentType: 'application/x-ndjson',
      token: (text) => ndjson(line({ ...carry(text), done: false })),
      end: (end) => ndjson(line({ ...carry(''), ...figures(end, startedAt) })),
      error: (error) => ndjson(ollamaError(error)),
    };
    await streamAnswer(response, pieces, format, signal);
    return;
  }
  const whole = await collectAnswer(pieces);
  if (whole) sendJson(response, line({ ...carry(whole.text), ...figures(whole.end, startedAt) }));
}

/** Ollama's figures at the end of an answer; durations in nanoseconds. */
function figures({ reason, figures: { promptTokens, promptMs, tokens, tokensMs } }: GenerationEnd, startedAt: number) {
  const totalMs = performance.now() - startedAt;
  return {
    done: true,
    done_reason: reason,
    total_duration: nanoseconds(totalMs),
    load_duration: nanoseconds(Math.max(0, totalMs - promptMs - tokensMs)),
    prompt_eval_count: promptTokens,
    prompt_eval_duration: nanoseconds(promptMs),
    eval_count: tokens,
    eval_duration: nanoseconds(tokensMs),
  };
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * NANOSECONDS_PER_MS);
}

/** Zero and less mean no limit, as with Ollama. */
function readLimit(options: Fields): number | undefined {
  const limit = numberField(options, 'num_predict') ?? 0;
  return limit > 0 ? limit : undefined;
}

function ndjson(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
