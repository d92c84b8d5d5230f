import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { installEngine } from './install.ts';
import { SENTENCE } from './write-model.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const messages = [{ role: 'user', content: 'Who are you?' }];

let directory: string;
let child: ChildProcessWithoutNullStreams;
let url: string;

before(async () => {
  await installEngine();
  directory = await mkdtemp(join(tmpdir(), 'demo-engine-'));
  ({ child, url } = await startEngine('--with-broken-model'));
});

after(async () => {
  child.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

test('streams the sentence token by token, in order, one line each', async () => {
  const response = await post('/api/chat', { model: 'tiny-demo', messages });
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const lines = parseLines(await response.text());
  assert.ok(lines.length > 10);
  assert.equal(lines.map((line) => line.message.content).join(''), SENTENCE);
  assert.deepEqual(
    lines.map((line) => line.done),
    [...Array(lines.length - 1).fill(false), true],
  );
  const { done_reason, eval_count, total_duration, eval_duration } = lines.at(-1);
  assert.equal(done_reason, 'stop');
  assert.equal(eval_count, lines.length - 1);
  assert.ok(total_duration >= eval_duration && eval_duration > 0);
});

test('answers whole when asked not to stream, within the limit given', async () => {
  const body = {
    model: 'tiny-demo:latest',
    prompt: 'Hi',
    stream: false,
    options: { num_predict: 2, temperature: 1.5, seed: 7 },
  };
  const { response, done_reason } = await postJson('/api/generate', body);
  assert.equal(response, 'Hello from');
  assert.equal(done_reason, 'length');
});

test('sends a token when it is made, not when the answer is complete', async () => {
  const response = await post('/api/chat', { model: 'tiny-demo-endless', messages, options: { num_predict: 1000 } });
  const sizes: number[] = [];
  for await (const chunk of response.body ?? []) sizes.push(chunk.length);
  assert.ok(sizes.length > 100, `${sizes.length} chunks`);
});

test('goes on past its context, and stops within a second of its client', async () => {
  const abort = new AbortController();
  const response = await post('/api/chat', { model: 'tiny-demo-endless', messages }, abort.signal);
  assert.ok(response.body);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (text.split('\n').length <= 1000) text += (await reader.read()).value;
  const said = parseLines(text.slice(0, text.lastIndexOf('\n')))
    .map((line) => line.message.content)
    .join('');
  assert.ok(`${SENTENCE} `.repeat(100).startsWith(said));
  assert.equal(await active('tiny-demo-endless:latest'), 1);
  abort.abort();
  await until(async () => (await active('tiny-demo-endless:latest')) === 0, 1_000);
});

test('serves a hundred streams at once, whole and separate', async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () =>
      parseLines(await (await post('/api/chat', { model: 'tiny-demo', messages })).text()),
    ),
  );
  for (const lines of answers) assert.equal(lines.map((line) => line.message.content).join(''), SENTENCE);
});

test('loads and unloads a model on request', async () => {
  assert.equal((await postJson('/api/chat', { model: 'tiny-demo', messages: [] })).done_reason, 'load');
  assert.notEqual(await active('tiny-demo:latest'), undefined);
  assert.equal((await postJson('/api/generate', { model: 'tiny-demo', keep_alive: 0 })).done_reason, 'unload');
  assert.equal(await active('tiny-demo:latest'), undefined);
});

test('ends a broken answer with an error on a line, as Ollama does when its runner dies', async () => {
  const response = await post('/api/chat', { model: 'tiny-demo-broken', messages });
  assert.equal(response.status, 200);
  const lines = parseLines(await response.text());
  assert.equal(lines.length, 6);
  assert.match(lines.at(-1).error, /runner/);
  const whole = await post('/api/chat', { model: 'tiny-demo-broken', messages, stream: false });
  assert.equal(whole.status, 500);
});

test('refuses what it cannot do in the words of Ollama', async () => {
  const missing = await post('/api/chat', { model: 'nope', messages });
  assert.equal(missing.status, 404);
  assert.deepEqual(await missing.json(), { error: "model 'nope' not found" });
  assert.equal((await post('/v1/chat/completions', { model: 'nope', messages })).status, 404);
  assert.equal((await fetch(`${url}/api/chat`, { method: 'POST', body: '{"model' })).status, 400);
  assert.equal((await fetch(`${url}/api/chat`, { method: 'POST', body: Buffer.alloc(65 * 1024 * 1024) })).status, 413);
  assert.equal((await fetch(`${url}/api/chat`)).status, 405);
  assert.equal((await fetch(`${url}/api/push`, { method: 'POST' })).status, 404);
});

test('lets in this computer only', async () => {
  assert.equal(await statusWith({ host: 'localhost:11434' }), 200);
  assert.equal(await statusWith({ host: 'relay.example.com' }), 403);
  assert.equal(await statusWith({ host: 'localhost.example.com' }), 403);
  assert.equal(await statusWith({ origin: 'https://example.com' }), 403);
  assert.equal(await statusWith({ origin: 'http://localhost:5173' }), 200);
});

test('says that it is a demo', async () => {
  assert.deepEqual(await (await fetch(`${url}/api/version`)).json(), { version: '0.24.0', demo: true });
  assert.match((await postJson('/api/show', { model: 'tiny-demo' })).license, /demo model/);
});

test('streams to an OpenAI client, with usage when asked', async () => {
  const body = { model: 'tiny-demo', messages, stream: true, stream_options: { include_usage: true } };
  const response = await post('/v1/chat/completions', body);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const events = (await response.text())
    .trimEnd()
    .split('\n\n')
    .map((event) => event.replace(/^data: /, ''));
  assert.equal(events.pop(), '[DONE]');
  const chunks = events.map((event) => JSON.parse(event));
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), SENTENCE);
  assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop');
  assert.ok(chunks.at(-1).usage.completion_tokens > 10);
});

test('embeds alike texts alike, as numbers or base64', async () => {
  const input = ['The cat sat on the mat', 'A cat sat on a mat', '0123456789'];
  const { embeddings } = await postJson('/api/embed', { model: 'tiny-demo', input });
  const [first, second, third] = embeddings;
  assert.ok(Math.abs(product(first, first) - 1) < 1e-6);
  assert.ok(product(first, second) > product(first, third));
  const { data } = await postJson('/v1/embeddings', { model: 'tiny-demo', input: input[0], encoding_format: 'base64' });
  const bytes = Buffer.from(data[0].embedding, 'base64');
  assert.ok(Math.abs(bytes.readFloatLE(0) - first[0]) < 1e-6);
  assert.equal((await postJson('/api/embeddings', { model: 'tiny-demo', prompt: 'x' })).embedding.length, first.length);
});

test('keeps the pace it was given', async (context) => {
  const paced = await startEngine('--tokens-per-second', '50');
  context.after(() => paced.child.kill('SIGKILL'));
  const body = JSON.stringify({ model: 'tiny-demo', messages, stream: false, options: { num_predict: 11 } });
  const { eval_duration } = JSON.parse(await (await fetch(`${paced.url}/api/chat`, { method: 'POST', body })).text());
  assert.ok(eval_duration >= 195e6, `${eval_duration / 1e6} ms for ten intervals of 20 ms`);
});

test('exits at SIGTERM in mid-answer, and with its parent', async () => {
  const stopped = await startEngine();
  const answer = await fetch(`${stopped.url}/api/chat`, {
    method: 'POST',
    body: JSON.stringify({ model: 'tiny-demo-endless', messages }),
  });
  assert.equal(answer.status, 200);
  stopped.child.kill('SIGTERM');
  assert.deepEqual(await once(stopped.child, 'exit'), [0, null]);
  await assert.rejects(answer.text());

  const orphan = await startEngine('--exit-with-parent');
  orphan.child.stdin.end();
  assert.deepEqual(await once(orphan.child, 'exit'), [0, null]);
});

async function startEngine(...options: string[]) {
  const started = spawn(process.execPath, [MAIN, '--data-dir', directory, ...options]);
  started.stderr.pipe(process.stderr);
  const [line] = (await once(createInterface({ input: started.stdout }), 'line')) as [string];
  return { child: started, url: (JSON.parse(line) as { url: string }).url };
}

function post(path: string, body: object, signal: AbortSignal | null = null): Promise<Response> {
  return fetch(url + path, { method: 'POST', body: JSON.stringify(body), signal });
}

async function postJson(path: string, body: object) {
  const response = await post(path, body);
  assert.equal(response.status, 200);
  return JSON.parse(await response.text());
}

function parseLines(text: string) {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Generations running in a model; undefined when it isn't loaded. */
async function active(name: string): Promise<number | undefined> {
  const { models } = (await (await fetch(`${url}/api/ps`)).json()) as { models: { name: string; active: number }[] };
  return models.find((model) => model.name === name)?.active;
}

async function until(condition: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms`);
    await delay(10);
  }
}

/** fetch doesn't let a Host be set. */
async function statusWith(headers: Record<string, string>): Promise<number | undefined> {
  const outgoing = request(`${url}/api/tags`, { headers });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  response.resume();
  return response.statusCode;
}

function product(left: number[], right: number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? NaN), 0);
}

test('pulls nothing and deletes nothing, and says so as Ollama does', async () => {
  const pull = await post('/api/pull', { model: 'llama3.2' });
  assert.equal(pull.status, 200);
  const lines = parseLines(await pull.text());
  assert.equal(lines[0].status, 'pulling manifest');
  assert.match(lines[1].error, /^pull model manifest: /);
  assert.equal((await post('/api/pull', {})).status, 400);

  const remove = (model: string): Promise<Response> =>
    fetch(new URL('/api/delete', url), { method: 'DELETE', body: JSON.stringify({ model }) });
  const kept = await remove('tiny-demo');
  assert.equal(kept.status, 400);
  assert.match(((await kept.json()) as { error: string }).error, /tiny-demo:latest is not deleted/);
  assert.equal((await remove('no-such-model')).status, 404);
});
