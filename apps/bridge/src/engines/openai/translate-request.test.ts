import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineKind } from '../engine-kind.ts';
import { type AnswerShape, translateRequest } from './translate-request.ts';

function translate(shape: AnswerShape, body: Record<string, unknown>, kind: EngineKind = 'llamacpp') {
  return translateRequest(shape, body, { model: 'm', kind });
}

test('asks for a chat with the options, images, tools and format that it was asked for', () => {
  const translated = translate('chat', {
    model: 'm:latest',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is this?', images: ['iVBORw0KGgoAAAA', '/9j/4AAQ'] },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'look', arguments: { at: 1 } } }] },
      { role: 'tool', tool_name: 'look', content: 'a cat' },
    ],
    tools: [{ type: 'function', function: { name: 'look' } }],
    format: { type: 'object' },
    think: false,
    keep_alive: '5m',
    options: { temperature: 0, num_predict: 9, top_k: 3, seed: 1, stop: ['x'], num_ctx: 8192, repeat_penalty: 1.1 },
  });
  assert.deepEqual(translated, {
    shape: 'chat',
    path: '/v1/chat/completions',
    isStreamed: true,
    body: {
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgoAAAA' } },
            { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,/9j/4AAQ' } },
          ],
        },
        {
          role: 'assistant',
          content: '',
          tool_calls: [{ id: 'call_0', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }],
        },
        { role: 'tool', content: 'a cat', tool_call_id: 'call_0' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      tools: [{ type: 'function', function: { name: 'look' } }],
      chat_template_kwargs: { enable_thinking: false },
      temperature: 0,
      seed: 1,
      stop: ['x'],
      top_k: 3,
      repeat_penalty: 1.1,
      max_tokens: 9,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', strict: true, schema: { type: 'object' } },
      },
    },
  });
});

test('says to each engine only what it knows', () => {
  const body = { messages: [{ role: 'user', content: 'Hi' }], keep_alive: '1h', think: 'high', options: { top_k: 3 } };
  const asked = (kind: EngineKind) => (translate('chat', body, kind) as { body: object }).body;
  assert.deepEqual(Object.keys(asked('openai')), ['model', 'messages', 'stream', 'stream_options', 'reasoning_effort']);
  assert.deepEqual({ ...asked('lmstudio'), ttl: 3600, top_k: 3 }, asked('lmstudio'));
  assert.ok(!('ttl' in asked('vllm')));
});

test('a prompt is a chat with one message, and a raw one is completed as it is', () => {
  const chat = translate('generate', { prompt: 'Hi', system: 'Brief.', stream: false });
  assert.deepEqual(chat, {
    shape: 'generate',
    path: '/v1/chat/completions',
    isStreamed: false,
    body: {
      model: 'm',
      stream: false,
      messages: [
        { role: 'system', content: 'Brief.' },
        { role: 'user', content: 'Hi' },
      ],
    },
  });
  for (const more of [{ raw: true }, { suffix: 'end' }]) {
    const raw = translate('generate', { prompt: 'Hi', ...more });
    assert.ok('path' in raw && raw.path === '/v1/completions' && 'prompt' in raw.body && raw.body.prompt === 'Hi');
  }
});

test('knows when a model is only to be loaded or unloaded', () => {
  assert.deepEqual(translate('chat', { messages: [] }), { shape: 'chat', load: 'load' });
  assert.deepEqual(translate('generate', { keep_alive: 0 }), { shape: 'generate', load: 'unload' });
  assert.deepEqual(translate('generate', { keep_alive: '10m' }), { shape: 'generate', load: 'load' });
});

test('makes something of whatever it is given', () => {
  const values = [
    null,
    0,
    -1,
    'x',
    [],
    {},
    [null],
    [[]],
    [{ role: {}, content: [], images: 'x', tool_calls: 5 }],
    true,
  ];
  for (const value of values) {
    for (const shape of ['chat', 'generate', 'embed', 'embeddings'] as const) {
      const body = Object.fromEntries(
        ['messages', 'prompt', 'input', 'options', 'tools', 'format', 'think', 'keep_alive', 'stream', 'images'].map(
          (field) => [field, value],
        ),
      );
      const translated = translate(shape, body);
      assert.ok('load' in translated || JSON.stringify(translated.body).includes('"model":"m"'));
    }
  }
});
