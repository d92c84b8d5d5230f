import assert from 'node:assert/strict';
import { it } from 'node:test';
import Anthropic, * as anthropicErrors from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI, * as openaiErrors from 'openai';
import { SENTENCE } from '../../dev/engine/write-model.ts';
import { until, type TestStack } from './test-stack.ts';

/** One way in for other programs: where each client is pointed, and what it proves itself with. */
export interface WayIn {
  openai: string;
  ollama: string;
  anthropic: string;
  token: string;
}

const QUESTION = [{ role: 'user' as const, content: 'Hello?' }];
const WRONG_TOKEN = 'c2l_this-is-no-key-that-anybody-made';

/** The official clients at a way in; no retries, so that every error is seen as it comes. */
export function clientsAt({ openai, ollama, anthropic, token }: WayIn) {
  return {
    openai: new OpenAI({ baseURL: openai, apiKey: token, maxRetries: 0 }),
    ollama: new Ollama({ host: ollama, headers: { authorization: `Bearer ${token}` } }),
    anthropic: new Anthropic({ baseURL: anthropic, apiKey: token, maxRetries: 0 }),
  };
}

/** What OpenAI's, Ollama's and Anthropic's own clients must be able to do at a way in, with the demo engine behind it. */
export function officialClientTests(stackOf: () => TestStack, wayIn: () => WayIn): void {
  const clients = () => clientsAt(wayIn());
  const wrong = () => clientsAt({ ...wayIn(), token: WRONG_TOKEN });
  const untilIdle = (): Promise<void> =>
    until('the engine is idle', 2000, async () => (await stackOf().activeGenerations()) === 0);

  it('openai: chats, whole and streamed', async () => {
    const { chat } = clients().openai;
    const whole = await chat.completions.create({ model: 'tiny-demo', messages: QUESTION });
    assert.equal(whole.choices[0]?.message.content, SENTENCE);
    assert.ok((whole.usage?.completion_tokens ?? 0) > 5);
    let text = '';
    let pieces = 0;
    for await (const chunk of await chat.completions.create({ model: 'tiny-demo', messages: QUESTION, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
      pieces++;
    }
    assert.equal(text, SENTENCE);
    assert.ok(pieces > 5, `${pieces} pieces`);
  });

  it('openai: responses, whole and streamed', async () => {
    const { responses } = clients().openai;
    const whole = await responses.create({ model: 'tiny-demo', input: 'Hello?' });
    assert.equal(whole.output_text, SENTENCE);
    let text = '';
    let last = '';
    for await (const event of await responses.create({ model: 'tiny-demo', input: 'Hello?', stream: true })) {
      if (event.type === 'response.output_text.delta') text += event.delta;
      last = event.type;
    }
    assert.equal(text, SENTENCE);
    assert.equal(last, 'response.completed');
  });

  it('openai: completions, models, one model, embeddings', async () => {
    const { completions, models, embeddings } = clients().openai;
    const completion = await completions.create({ model: 'tiny-demo', prompt: 'Hello?' });
    assert.equal(completion.choices[0]?.text, SENTENCE);
    const ids: string[] = [];
    for await (const { id } of models.list()) ids.push(id);
    assert.ok(ids.includes('tiny-demo:latest'), ids.join(', '));
    assert.equal((await models.retrieve('tiny-demo:latest')).id, 'tiny-demo:latest'); // the client encodes the colon
    const { data } = await embeddings.create({ model: 'tiny-demo', input: ['one', 'two'] });
    assert.equal(data.length, 2);
    assert.ok((data[0]?.embedding.length ?? 0) > 4);
  });

  it('openai: an abort in mid-stream reaches the engine', async () => {
    const stream = await clients().openai.chat.completions.create({
      model: 'tiny-demo-endless',
      messages: QUESTION,
      stream: true,
    });
    assert.ok(await firstOf(stream));
    await untilIdle();
  });

  it('openai: errors are those of its own classes', async () => {
    const ask = (client: OpenAI, model: string) => client.chat.completions.create({ model, messages: QUESTION });
    await assert.rejects(ask(wrong().openai, 'tiny-demo'), openaiErrors.AuthenticationError);
    await assert.rejects(ask(clients().openai, 'no-such-model'), (error: unknown) => {
      assert.ok(error instanceof openaiErrors.NotFoundError, String(error));
      assert.match(error.message, /no-such-model/);
      return true;
    });
  });

  it('ollama: chats, generates and embeds', async () => {
    const { ollama } = clients();
    const whole = await ollama.chat({ model: 'tiny-demo', messages: QUESTION });
    assert.equal(whole.message.content, SENTENCE);
    let text = '';
    for await (const part of await ollama.chat({ model: 'tiny-demo', messages: QUESTION, stream: true })) {
      text += part.message.content;
    }
    assert.equal(text, SENTENCE);
    assert.equal((await ollama.generate({ model: 'tiny-demo', prompt: 'Hello?' })).response, SENTENCE);
    assert.equal((await ollama.embed({ model: 'tiny-demo', input: ['one', 'two'] })).embeddings.length, 2);
  });

  it('ollama: lists and shows models, and what runs', async () => {
    const { ollama } = clients();
    assert.ok((await ollama.list()).models.some(({ name }) => name === 'tiny-demo:latest'));
    assert.ok((await ollama.show({ model: 'tiny-demo' })).details);
    assert.ok(Array.isArray((await ollama.ps()).models));
  });

  it('ollama: an abort in mid-stream reaches the engine', async () => {
    const stream = await clients().ollama.chat({ model: 'tiny-demo-endless', messages: QUESTION, stream: true });
    await assert.rejects(
      async () => {
        for await (const part of stream) {
          assert.ok(part);
          stream.abort();
        }
      },
      { name: 'AbortError' },
    );
    await untilIdle();
  });

  it('ollama: errors have the words and the status', async () => {
    const failure = (status: number, words: RegExp) => (error: unknown) => {
      const {
        name,
        status_code: code,
        message,
      } = Object(error) as { name: string; status_code: number; message: string };
      assert.equal(name, 'ResponseError');
      assert.equal(code, status);
      assert.match(message, words);
      return true;
    };
    await assert.rejects(wrong().ollama.list(), failure(401, /./));
    const unknown = { model: 'no-such-model', messages: QUESTION };
    await assert.rejects(clients().ollama.chat(unknown), failure(404, /no-such-model/));
    await assert.rejects(clients().ollama.pull({ model: 'tiny-demo' }), failure(403, /./));
  });

  it('anthropic: messages, whole and streamed', async () => {
    const { messages } = clients().anthropic;
    const whole = await messages.create({ model: 'tiny-demo', max_tokens: 200, messages: QUESTION });
    assert.deepEqual(
      whole.content.map((block) => (block.type === 'text' ? block.text : block.type)),
      [SENTENCE],
    );
    assert.ok(whole.usage.output_tokens > 5);
    const stream = messages.stream({ model: 'tiny-demo', max_tokens: 200, messages: QUESTION });
    let text = '';
    stream.on('text', (piece) => (text += piece));
    const { stop_reason: reason } = await stream.finalMessage();
    assert.equal(text, SENTENCE);
    assert.equal(reason, 'end_turn');
  });

  it('anthropic: counting tokens asks the engine, whose own error comes back when it can not', async () => {
    const counted = clients().anthropic.messages.countTokens({ model: 'tiny-demo', messages: QUESTION });
    await assert.rejects(counted, (error: unknown) => {
      assert.ok(error instanceof anthropicErrors.NotFoundError, String(error));
      assert.match(error.message, /404 page not found/); // Ollama's words, before it has the endpoint
      return true;
    });
  });

  it('anthropic: an abort in mid-stream reaches the engine', async () => {
    const stream = await clients().anthropic.messages.create({
      model: 'tiny-demo-endless',
      max_tokens: 100_000,
      messages: QUESTION,
      stream: true,
    });
    assert.ok(await firstOf(stream));
    await untilIdle();
  });

  it('anthropic: errors are those of its own classes', async () => {
    const ask = (client: Anthropic, model: string) =>
      client.messages.create({ model, max_tokens: 10, messages: QUESTION });
    await assert.rejects(ask(wrong().anthropic, 'tiny-demo'), anthropicErrors.AuthenticationError);
    await assert.rejects(ask(clients().anthropic, 'no-such-model'), (error: unknown) => {
      assert.ok(error instanceof anthropicErrors.NotFoundError, String(error));
      assert.match(error.message, /no-such-model/);
      return true;
    });
  });
}

/** Leaving the loop closes the response. */
async function firstOf<Item>(stream: AsyncIterable<Item>): Promise<Item | undefined> {
  for await (const item of stream) return item;
  return undefined;
}
