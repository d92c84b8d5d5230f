import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ChatRequest,
  Exchange,
  ExchangeReceiver,
  ExchangeRequest,
  RelayToBridge,
} from '@cloudtolocalllm/protocol';
import type { BridgeLink, ChatReplyListener } from '../bridges/bridge-link.ts';
import { bridgeChatModel } from './bridge-chat-model.ts';

/** A link whose other end is played by the test. */
class PlayedLink implements BridgeLink {
  readonly priority = 0;
  readonly running = 0;
  readonly bridgeId = 'bridge-1';
  readonly name = 'studio-pc';
  readonly userId = 'user';
  readonly streaming: boolean;
  readonly models = ['m:latest'];
  readonly sent: RelayToBridge[] = [];
  body = '';
  bodyEnded = false;
  consumed = 0;
  resetCode: string | undefined;
  /** What `write` takes before it asks to wait. */
  room = Infinity;
  opened: ExchangeRequest | undefined;
  receiver!: ExchangeReceiver;
  listener: ChatReplyListener | undefined;

  constructor(streaming: boolean) {
    this.streaming = streaming;
  }

  open(request: ExchangeRequest, receiver: ExchangeReceiver): Exchange {
    this.opened = request;
    this.receiver = receiver;
    return {
      id: 1,
      head: () => assert.fail('only a bridge answers'),
      write: (chunk) => {
        this.body += Buffer.from(chunk).toString();
        return this.body.length < this.room;
      },
      end: () => void (this.bodyEnded = true),
      reset: (code) => void (this.resetCode = code),
      consumed: (bytes) => void (this.consumed += bytes),
    };
  }

  request(envelope: ChatRequest & { id: string }, listener: ChatReplyListener): Disposable {
    this.sent.push(envelope);
    this.listener = listener;
    return { [Symbol.dispose]: () => void (this.listener = undefined) };
  }

  send(envelope: RelayToBridge): void {
    this.sent.push(envelope);
  }
}

async function ask(link: PlayedLink, content = 'Hi') {
  const abort = new AbortController();
  const texts: string[] = [];
  const model = bridgeChatModel({ require: async () => link, online: async () => [link], ofUser: () => [link] });
  const made = model.generate(
    {
      userId: 'user',
      conversationId: 'conv-1',
      model: 'm',
      messages: [{ role: 'user', content }],
      signal: abort.signal,
    },
    { text: (text) => texts.push(text) },
  );
  made.catch(() => {}); // awaited later
  await new Promise(setImmediate); // the route is found
  return { abort, texts, made };
}

const data = (link: PlayedLink, value: object) => link.receiver.data(Buffer.from(`${JSON.stringify(value)}\n`));

test('asks Ollama’s own API over an exchange and reads its answer', async () => {
  const link = new PlayedLink(true);
  const { texts, made } = await ask(link);
  assert.equal(link.opened?.method, 'POST');
  assert.equal(link.opened?.path, '/api/chat');
  assert.deepEqual(JSON.parse(link.body), {
    model: 'm:latest',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
  });
  assert(link.opened.headers.includes(String(Buffer.byteLength(link.body))));
  assert(link.bodyEnded);
  link.receiver.head?.(200, []);
  data(link, { message: { content: 'He' } });
  data(link, { message: { content: 'llo' } });
  data(link, { done: true, prompt_eval_count: 4, eval_count: 2 });
  link.receiver.end();
  const figures = { promptTokens: 4, answerTokens: 2 };
  assert.deepEqual(await made, { totalTokens: 6, figures, bridgeId: 'bridge-1' });
  assert.deepEqual(texts, ['He', 'llo']);
  assert(link.consumed > 0);
  assert.equal(link.resetCode, undefined);
});

test('sends a large prompt no faster than the exchange takes it', async () => {
  const link = new PlayedLink(true);
  link.room = 0;
  await ask(link, 'x'.repeat(200_000));
  assert.equal(link.body.length, 64 * 1024);
  assert(!link.bodyEnded);
  for (let turns = 0; turns < 10; turns++) link.receiver.drain?.();
  assert.equal(JSON.parse(link.body).messages[0].content.length, 200_000);
  assert(link.bodyEnded);
});

const failures: { name: string; play(link: PlayedLink): void; expected: { code: string; message?: RegExp } }[] = [
  {
    name: 'a missing model is named, with how to get it',
    play(link) {
      link.receiver.head?.(404, []);
      link.receiver.data(Buffer.from('{"error":"model \'m\' not found"}'));
      link.receiver.end();
    },
    expected: { code: 'model_not_found', message: /"m:latest".*ollama pull m:latest/ },
  },
  {
    name: 'another status is the engine’s error, in its own words',
    play(link) {
      link.receiver.head?.(500, []);
      link.receiver.data(Buffer.from('{"error":"out of memory"}'));
      link.receiver.end();
    },
    expected: { code: 'engine_error', message: /500.*out of memory/ },
  },
  {
    name: 'an endless error body is not read to its end',
    play(link) {
      link.receiver.head?.(500, []);
      for (let index = 0; index < 10; index++) link.receiver.data(Buffer.alloc(4096, 'x'));
      assert.equal(link.resetCode, 'cancelled');
    },
    expected: { code: 'engine_error' },
  },
  {
    name: 'an error line resets the exchange',
    play(link) {
      link.receiver.head?.(200, []);
      data(link, { error: 'CUDA error' });
      assert.equal(link.resetCode, 'cancelled');
    },
    expected: { code: 'engine_error', message: /CUDA error/ },
  },
  {
    name: 'an end in mid-answer',
    play(link) {
      link.receiver.head?.(200, []);
      data(link, { message: { content: 'He' } });
      link.receiver.end();
    },
    expected: { code: 'engine_error', message: /mid-answer/ },
  },
  {
    name: 'an engine that does not answer',
    play: (link) => link.receiver.reset('engine_unreachable', 'connection refused'),
    expected: { code: 'engine_unreachable', message: /Start Ollama/ },
  },
  {
    name: 'a refusal of the policy, in its words',
    play: (link) => link.receiver.reset('policy_denied', 'POST /api/chat is not allowed.'),
    expected: { code: 'policy_denied', message: /^POST \/api\/chat is not allowed\.$/ },
  },
  {
    name: 'a link that does not come back',
    play: (link) => link.receiver.reset('link_lost', ''),
    expected: { code: 'bridge_offline' },
  },
];
for (const { name, play, expected } of failures) {
  test(`over an exchange: ${name}`, async () => {
    const link = new PlayedLink(true);
    const { made } = await ask(link);
    play(link);
    await assert.rejects(made, expected);
  });
}

test('aborting resets the exchange', async () => {
  const link = new PlayedLink(true);
  const { abort, made } = await ask(link);
  abort.abort();
  assert.equal(link.resetCode, 'cancelled');
  await assert.rejects(made, { name: 'AbortError' });
});

test('asks a JSON-only bridge with envelopes', async () => {
  const link = new PlayedLink(false);
  const { texts, made } = await ask(link);
  const [request] = link.sent;
  assert.equal(request?.type, 'chat_request');
  assert.deepEqual(request.payload, { model: 'm:latest', messages: [{ role: 'user', content: 'Hi' }], stream: true });
  const requestId = request.id ?? '';
  link.listener?.message({ type: 'chat_chunk', payload: { requestId, content: 'He' } });
  link.listener?.message({ type: 'chat_chunk', payload: { requestId, content: '' } });
  link.listener?.message({ type: 'chat_chunk', payload: { requestId, content: 'llo' } });
  link.listener?.message({ type: 'chat_complete', payload: { requestId } });
  assert.deepEqual(await made, { totalTokens: 2, bridgeId: 'bridge-1' });
  assert.deepEqual(texts, ['He', 'llo']);
  assert.equal(link.listener, undefined);
});

test('a JSON-only bridge names its errors by code, unknown ones are the engine’s', async () => {
  for (const [code, expected] of [
    ['model_not_found', 'model_not_found'],
    ['unauthorized', 'engine_error'],
    ['toString', 'engine_error'],
    [undefined, 'engine_error'],
  ] as const) {
    const link = new PlayedLink(false);
    const { made } = await ask(link);
    link.listener?.message({ type: 'chat_error', payload: { requestId: '', code, message: 'No.' } });
    await assert.rejects(made, { code: expected, message: 'No.' });
  }
});

test('a JSON-only bridge is told to cancel, and a lost one fails the answer', async () => {
  const cancelled = new PlayedLink(false);
  const first = await ask(cancelled);
  first.abort.abort();
  await assert.rejects(first.made, { name: 'AbortError' });
  const [request, cancel] = cancelled.sent;
  assert.equal(cancel?.type, 'chat_cancel');
  assert.deepEqual(cancel.payload, { requestId: request?.id });

  const lost = new PlayedLink(false);
  const second = await ask(lost);
  lost.listener?.lost('gone');
  await assert.rejects(second.made, { code: 'bridge_offline' });
});

test('a conversation too large for an envelope says so', async () => {
  const link = new PlayedLink(false);
  const { made } = await ask(link, 'x'.repeat(5_000_000));
  await assert.rejects(made, { code: 'payload_too_large' });
  assert.deepEqual(link.sent, []);
});
