import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import Anthropic, { APIError as AnthropicError } from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI, { APIError as OpenAiError } from 'openai';
import { SILENCE } from '../apps/relay/src/gateway/keep-alive.ts';
import { startPassThrough, type Arrived } from '../apps/relay/src/gateway/test-pass-through.ts';

const messages = [{ role: 'user' as const, content: 'Hello' }];
const SSE = ['content-type', 'text/event-stream'];
const NDJSON = ['content-type', 'application/x-ndjson'];

/** The official clients in front of a pass-through whose engine and clock the test plays. */
async function start(t: TestContext) {
  const { url, ticker, arrival } = await startPassThrough(t);
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'key', maxRetries: 0 });
  const anthropic = new Anthropic({ baseURL: url, apiKey: 'key', maxRetries: 0 });
  const ollama = new Ollama({ host: url });
  /** What is asked of an engine that has said nothing for so long that the relay has begun the answer. */
  const silent = async (): Promise<Arrived> => {
    const arrived = await arrival();
    await arrived.ended;
    ticker.pass(SILENCE.stream);
    return arrived;
  };
  /** Another sign of life; each leaves before the next thing is said. */
  const silence = (): Promise<void> => {
    ticker.pass(SILENCE.stream);
    return new Promise((resolve) => setImmediate(resolve));
  };
  return { openai, anthropic, ollama, silent, silence, arrival, ticker };
}

/** An engine's stream, a long silence before each part. */
async function speak(
  { receiver }: Arrived,
  silence: () => Promise<void>,
  head: string[],
  parts: string[],
): Promise<void> {
  await silence();
  receiver.head(200, head);
  for (const part of parts) {
    await silence();
    receiver.data(Buffer.from(part));
  }
  receiver.end();
}

const chunk = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

test('the openai client reads an answer with silences, and knows a late error', { timeout: 30_000 }, async (t) => {
  const { openai, silent, silence } = await start(t);
  const asked = openai.chat.completions.create({ model: 'm', messages, stream: true });
  await speak(await silent(), silence, SSE, [chunk('Hel'), chunk('lo'), 'data: [DONE]\n\n']);
  let said = '';
  for await (const part of await asked) said += part.choices[0]?.delta.content;
  assert.equal(said, 'Hello');

  for (const isResponses of [false, true]) {
    const failing = isResponses
      ? openai.responses.create({ model: 'm', input: 'Hello', stream: true })
      : openai.chat.completions.create({ model: 'm', messages, stream: true });
    const { receiver } = await silent();
    receiver.head(404, ['content-type', 'application/json']);
    receiver.data(
      Buffer.from('{"error":{"message":"model \\"m\\" not found","type":"not_found_error","code":"gone"}}'),
    );
    receiver.end();
    await assert.rejects(
      async () => {
        for await (const _ of await failing);
      },
      (error) => error instanceof OpenAiError && error.code === 'gone' && /model "m" not found/.test(error.message),
    );
  }
});

test('the openai client knows a stream that broke off behind an event', { timeout: 30_000 }, async (t) => {
  const { openai, arrival } = await start(t);
  const asked = openai.chat.completions.create({ model: 'm', messages, stream: true });
  const { receiver } = await arrival();
  receiver.head(200, SSE);
  receiver.data(Buffer.from(chunk('Hel')));
  const parts: string[] = [];
  const reading = (async () => {
    for await (const part of await asked) {
      parts.push(part.choices[0]?.delta.content ?? '');
      receiver.reset('proxy_limit', 'This proxy has used up its tokens.');
    }
  })();
  await assert.rejects(reading, (error) => error instanceof OpenAiError && /used up its tokens/.test(error.message));
  assert.deepEqual(parts, ['Hel']);
});

test(
  'the openai client reads one JSON text with spaces in front, and knows a late failure',
  { timeout: 30_000 },
  async (t) => {
    const { openai, arrival, ticker, silence } = await start(t);
    const late = async () => {
      const arrived = await arrival();
      await arrived.ended;
      ticker.pass(SILENCE.json);
      await silence();
      return arrived.receiver;
    };
    const asked = openai.chat.completions.create({ model: 'm', messages });
    const first = await late();
    first.head(200, ['content-type', 'application/json']);
    first.data(Buffer.from(JSON.stringify({ choices: [{ message: { content: 'Hello' } }] })));
    first.end();
    assert.equal((await asked).choices[0]?.message.content, 'Hello');

    const failing = openai.chat.completions.create({ model: 'm', messages });
    (await late()).reset('engine_failed', '');
    await assert.rejects(failing);
  },
);

test('the anthropic client reads an answer with silences, and knows a late error', { timeout: 30_000 }, async (t) => {
  const { anthropic, silent, silence } = await start(t);
  const event = (type: string, data: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const text = (part: string) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: part } });
  const asked = anthropic.messages.stream({ model: 'm', max_tokens: 9, messages });
  const reading = asked.finalText();
  const message = {
    id: 'x',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  await speak(await silent(), silence, SSE, [
    event('message_start', { message }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    text('Hel'),
    text('lo'),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }),
    event('message_stop'),
  ]);
  assert.equal(await reading, 'Hello');

  const failing = anthropic.messages.create({ model: 'm', max_tokens: 9, messages, stream: true });
  (await silent()).receiver.reset('engine_unreachable', '');
  await assert.rejects(
    async () => {
      for await (const _ of await failing);
    },
    (error) =>
      error instanceof AnthropicError && error.type === 'api_error' && /engine does not answer/.test(error.message),
  );
});

test('the ollama client reads an answer with silences, and knows a late error', { timeout: 30_000 }, async (t) => {
  const { ollama, silent, silence } = await start(t);
  const line = (content: string, done = false) =>
    `${JSON.stringify({ model: 'm', message: { role: 'assistant', content }, done })}\n`;
  const asked = ollama.chat({ model: 'm', messages, stream: true });
  await speak(await silent(), silence, NDJSON, [line('Hel'), line('lo'), line('', true)]);
  let said = '';
  for await (const part of await asked) said += part.message.content;
  assert.equal(said, 'Hello');

  const failing = ollama.chat({ model: 'm', messages, stream: true });
  const { receiver } = await silent();
  receiver.head(404, ['content-type', 'application/json']);
  receiver.data(Buffer.from('{"error":"model \\"m\\" not found"}'));
  receiver.end();
  await assert.rejects(async () => {
    for await (const _ of await failing);
  }, /model "m" not found/);

  const pulling = ollama.pull({ model: 'm', stream: true });
  const pull = await silent();
  await speak(pull, silence, NDJSON, ['{"status":"pulling"}\n', '{"status":"success"}\n']);
  const statuses: string[] = [];
  for await (const { status } of await pulling) statuses.push(status);
  assert.deepEqual(statuses, ['pulling', 'success']);
});
