import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createEngine } from './engine.ts';
import { installEngine } from './install.ts';
import { createEngineServer } from './server.ts';
import { SENTENCE } from './write-model.ts';

const messages = [{ role: 'user', content: [{ type: 'text', text: 'Who are you?' }] }];
const input = [{ role: 'user', content: [{ type: 'input_text', text: 'Who are you?' }] }];
let url = '';
let stop: () => Promise<void>;

before(async () => {
  await installEngine();
  const dataDir = await mkdtemp(join(tmpdir(), 'demo-engine-'));
  const engine = await createEngine({ dataDir });
  const server = createEngineServer(engine).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as: it listens on TCP
  stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(dataDir, { recursive: true });
  };
});
after(() => stop());

async function post(path: string, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

/** What the tests look at in an event. */
interface EventData {
  type: string;
  sequence_number?: number;
  delta?: { text?: string };
  usage?: { output_tokens: number };
  response?: { output: { content: { text: string }[] }[] };
}

/** The events of a stream: their names, and what each says. */
function eventsIn(text: string): { name: string; data: EventData }[] {
  return text
    .trim()
    .split('\n\n')
    .map((block) => {
      const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return { name, data: JSON.parse(data) as EventData }; // looked at by the tests
    });
}

test('messages: streams the events of one text block, in their order', async () => {
  const body = { model: 'tiny-demo', max_tokens: 100, system: 'Be brief.', messages, stream: true };
  const events = eventsIn((await post('/v1/messages', body)).text);
  const names = events.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, index) => name !== names[index - 1]),
    [
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ],
  );
  assert.ok(events.every(({ name, data }) => data.type === name));
  assert.equal(events.map(({ data }) => data.delta?.text ?? '').join(''), SENTENCE);
  assert.ok((events.find(({ name }) => name === 'message_delta')?.data.usage?.output_tokens ?? 0) > 10);
});

test('messages: says when max_tokens cut it, and refuses in the words of the API', async () => {
  const cut = JSON.parse((await post('/v1/messages', { model: 'tiny-demo', max_tokens: 2, messages })).text);
  assert.equal(cut.stop_reason, 'max_tokens');
  assert.equal(cut.content[0].text, 'Hello from');
  assert.equal(cut.usage.output_tokens, 2);
  const unknown = await post('/v1/messages', { model: 'nope', max_tokens: 2, messages });
  assert.equal(unknown.status, 404);
  assert.equal(JSON.parse(unknown.text).error.type, 'not_found_error');
  const endless = await post('/v1/messages', { model: 'tiny-demo', messages });
  assert.equal(endless.status, 400);
  assert.deepEqual(JSON.parse(endless.text), {
    type: 'error',
    error: { type: 'invalid_request_error', message: 'max_tokens is required and must be positive' },
  });
});

test('responses: streams numbered events up to the whole response', async () => {
  const body = { model: 'tiny-demo', input, instructions: 'Be brief.', stream: true };
  const events = eventsIn((await post('/v1/responses', body)).text);
  assert.deepEqual(
    events.map(({ data }) => data.sequence_number),
    events.map((_, index) => index),
  );
  assert.equal(events[0]?.name, 'response.created');
  const { name, data } = events.at(-1)!; // there are some
  assert.equal(name, 'response.completed');
  assert.equal(data.response?.output[0]?.content[0]?.text, SENTENCE);
});

test('responses: is completed when max_output_tokens cut it, as with Ollama, and says what was asked', async () => {
  const body = { model: 'tiny-demo', input: 'Hi', max_output_tokens: 2, temperature: 0.5 };
  const cut = JSON.parse((await post('/v1/responses', body)).text);
  assert.equal(cut.status, 'completed');
  assert.equal(cut.output[0].content[0].text, 'Hello from');
  assert.deepEqual([cut.max_output_tokens, cut.temperature, cut.top_p], [2, 0.5, 1]);
  assert.equal(cut.usage.output_tokens, 2);
  assert.equal(cut.usage.total_tokens, cut.usage.input_tokens + 2);
  const streamed = eventsIn((await post('/v1/responses', { ...body, stream: true })).text);
  assert.equal(streamed.at(-1)?.name, 'response.completed');
});

test('responses: takes a conversation with calls of tools, and refuses what Ollama does in its words', async () => {
  const talk = [
    { role: 'user', content: 'Hi' },
    { type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: 'nothing' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] },
    { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,' }] },
  ];
  const answered = await post('/v1/responses', { model: 'tiny-demo', input: talk });
  assert.equal(JSON.parse(answered.text).output[0].content[0].text, SENTENCE);
  const refused: [input: unknown, message: string][] = [
    [undefined, 'input is required'],
    [5, 'input must be a string or array'],
    [[{ content: 'Hi' }], "input[0]: input item missing required 'type' field"],
    [[{ type: 'other' }], 'input[0]: unknown input item type: "other"'],
    [messages, 'input[0]: content[0]: unknown content type: text'],
    [[{ role: 'user', content: [{ type: 'input_file' }] }], 'file inputs are not currently supported'],
  ];
  for (const [wrong, message] of refused) {
    const { status, text } = await post('/v1/responses', { model: 'tiny-demo', input: wrong });
    assert.deepEqual([status, JSON.parse(text).error.message], [400, message]);
  }
});

test('messages: an answer that a stop sequence ends at once has no block', async () => {
  const body = { model: 'tiny-demo', max_tokens: 100, messages, stop_sequences: ['Hello'] };
  const whole = JSON.parse((await post('/v1/messages', body)).text);
  assert.deepEqual([whole.content, whole.stop_reason], [[], 'end_turn']);
  const names = eventsIn((await post('/v1/messages', { ...body, stream: true })).text).map(({ name }) => name);
  assert.deepEqual(names, ['message_start', 'message_delta', 'message_stop']);
});

test('tools are refused in every dialect', async () => {
  const body = {
    model: 'tiny-demo',
    messages,
    input: 'Hi',
    max_tokens: 5,
    tools: [{ type: 'function', name: 'look' }],
  };
  for (const path of ['/v1/messages', '/v1/responses', '/v1/chat/completions', '/api/chat']) {
    const { status, text } = await post(path, body);
    assert.equal(status, 400, path);
    assert.match(text, /does not support tools/);
  }
  const thinking = { model: 'tiny-demo', input: 'Hi', reasoning: { effort: 'low' } };
  assert.match((await post('/v1/responses', thinking)).text, /does not support thinking/);
});

test('one model is found under its name as it is and as clients encode it', async () => {
  for (const [asked, id] of [
    ['tiny-demo', 'tiny-demo'],
    ['tiny-demo:latest', 'tiny-demo:latest'],
    ['tiny-demo%3Alatest', 'tiny-demo:latest'],
    ['tiny-demo%3alatest', 'tiny-demo:latest'],
  ] as const) {
    const model = await (await fetch(`${url}/v1/models/${asked}`)).json();
    assert.deepEqual(model, { ...Object(model), id, object: 'model', owned_by: 'library' });
  }
  for (const asked of ['someone%2Ftiny-demo', 'tiny-demo%3', '%']) {
    const response = await fetch(`${url}/v1/models/${asked}`);
    assert.equal(response.status, 404, asked);
    await response.body?.cancel();
  }
});
