import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { EngineSettings } from './engine-settings.ts';
import { ask, ollamaLists, startForwarder } from './test-exchange.ts';

const MB = 1024 * 1024;
const PIECE = 64 * 1024;
/** Sent before there is credit for it. */
const WINDOW = 4 * PIECE;
/** What is looked through until a model's name comes. */
const START = 1 * MB;

/** An Ollama that takes the bodies of its chats as they come, and says how much came. */
async function takingEngine(t: TestContext, ...models: string[]): Promise<EngineSettings> {
  const lists = ollamaLists(...models);
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') return void response.end(JSON.stringify(lists[request.url ?? '']));
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => response.end(String(bytes)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) }; // as: it listens on TCP
}

/** Asks with a body of 20 MB, a piece whenever there is credit; returns what was held at most, and what the engine says. */
async function askLarge(t: TestContext, engines: readonly EngineSettings[], begin: string) {
  const { forwarder } = await startForwarder(t, engines);
  const size = 20 * MB;
  const rest = Buffer.alloc(PIECE, 'x');
  // Of the body only its length is told; its bytes are sent below.
  const asked = ask(forwarder, { path: '/api/chat', body: 'x'.repeat(begin.length + size), isOpen: true });
  let held = 0;
  for (let sent = 0; sent < begin.length + size;) {
    const piece = sent === 0 ? Buffer.from(begin) : rest;
    asked.receiver.data(piece);
    sent += piece.length;
    held = Math.max(held, forwarder.heldBytes);
    while (asked.consumed() < sent - WINDOW) await new Promise(setImmediate);
  }
  asked.receiver.end();
  const { body } = await asked.answer;
  return { held, isWhole: Number(body) === begin.length + size };
}

test('one Ollama gets a large body as it comes: nothing of it is held', async (t) => {
  const sole = await takingEngine(t, 'a');
  assert.deepEqual(await askLarge(t, [sole], '{"images":["'), { held: 0, isWhole: true });
});

test('of a large body for one of several engines only the beginning is held, until its model is known', async (t) => {
  const engines = await Promise.all([takingEngine(t, 'a'), takingEngine(t, 'b')]);
  const { held, isWhole } = await askLarge(t, engines, '{"model":"b","images":["');
  assert.ok(isWhole);
  assert.ok(held > 0 && held <= WINDOW + 2 * PIECE, `held ${held}`);
});

test('a large body that does not name its model soon goes to the first engine, and no more of it is held', async (t) => {
  const engines = await Promise.all([takingEngine(t, 'a'), takingEngine(t, 'b')]);
  const { held, isWhole } = await askLarge(t, engines, '{"images":["');
  assert.ok(isWhole);
  assert.ok(held >= START && held <= START + WINDOW + 2 * PIECE, `held ${held}`);
});
