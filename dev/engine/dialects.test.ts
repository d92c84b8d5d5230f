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
      'ping',
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
  const body = { model: 'tiny-demo', input: messages, instructions: 'Be brief.', stream: true };
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

test('responses: says when max_output_tokens cut it, and refuses an empty input', async () => {
  const cut = JSON.parse((await post('/v1/responses', { model: 'tiny-demo', input: 'Hi', max_output_tokens: 2 })).text);
  assert.equal(cut.status, 'incomplete');
  assert.equal(cut.incomplete_details.reason, 'max_output_tokens');
  assert.equal((await post('/v1/responses', { model: 'tiny-demo' })).status, 400);
});
