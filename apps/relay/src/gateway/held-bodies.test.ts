import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { RelayError } from '../errors.ts';
import { HeldBodies } from './held-bodies.ts';

const LIMITS = { bodyBytes: 1000, totalBytes: 1500, bodyMs: 10_000 };

/** Answers with the body that was held, or with the code of what was wrong; `/hold` answers when it is told to. */
async function start(t: TestContext, limits = LIMITS) {
  const held = new HeldBodies(limits);
  const released = Promise.withResolvers<void>();
  const broken: unknown[] = [];
  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await held.read(incoming, response);
      if (incoming.url === '/hold') await released.promise;
      response.end(body);
    } catch (error) {
      broken.push(error);
      response.setHeader('connection', 'close').end(error instanceof RelayError ? error.code : String(error));
    }
  }
  const server = createServer((incoming, response) => void answer(incoming, response));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  const send = (path: string, headers: Record<string, string | number> = {}) =>
    request({ port, path, method: 'POST', headers }).on('error', () => {});
  const answerTo = async (outgoing: ReturnType<typeof send>): Promise<string> => {
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return text(response);
  };
  const until = async (fulfilled: () => boolean): Promise<void> => {
    while (!fulfilled()) await new Promise(setImmediate);
  };
  return { held, released, broken, send, answerTo, until };
}

test('holds a body until its answer ends', { timeout: 20_000 }, async (t) => {
  const { held, released, send, answerTo, until } = await start(t);
  const outgoing = send('/hold');
  outgoing.write('one ');
  outgoing.end('two');
  await until(() => held.heldBytes === 7);
  released.resolve();
  assert.equal(await answerTo(outgoing), 'one two');
  await until(() => held.heldBytes === 0);
});

test('refuses a body that is too large, by its length or as it comes', { timeout: 20_000 }, async (t) => {
  const { held, send, answerTo, until } = await start(t);
  const announced = send('/', { 'content-length': 1001 });
  announced.flushHeaders();
  assert.equal(await answerTo(announced), 'payload_too_large');
  const chunked = send('/');
  chunked.write('x'.repeat(600));
  await until(() => held.heldBytes === 600);
  chunked.write('x'.repeat(600));
  assert.equal(await answerTo(chunked), 'payload_too_large');
  await until(() => held.heldBytes === 0);
});

test('holds so much for all together and no more', { timeout: 20_000 }, async (t) => {
  const { held, released, send, answerTo, until } = await start(t);
  const first = send('/hold');
  first.end('x'.repeat(1000));
  await until(() => held.heldBytes === 1000);
  const second = send('/');
  second.end('y'.repeat(501));
  assert.equal(await answerTo(second), 'rate_limited');
  const third = send('/');
  third.end('z'.repeat(500));
  assert.equal(await answerTo(third), 'z'.repeat(500));
  released.resolve();
  assert.equal((await answerTo(first)).length, 1000);
});

test('does not wait for ever for a body that trickles in', { timeout: 20_000 }, async (t) => {
  const { held, send, answerTo, until } = await start(t, { ...LIMITS, bodyMs: 50 });
  const outgoing = send('/', { 'content-length': 900 });
  outgoing.write('x');
  assert.equal(await answerTo(outgoing), 'request_timeout');
  await until(() => held.heldBytes === 0);
});

test('lets go of a body that breaks off', { timeout: 20_000 }, async (t) => {
  const { held, broken, send, until } = await start(t);
  const outgoing = send('/', { 'content-length': 900 });
  outgoing.write('x'.repeat(400));
  await until(() => held.heldBytes === 400);
  outgoing.destroy();
  await until(() => held.heldBytes === 0 && broken.length === 1);
  assert.equal((broken[0] as RelayError).code, 'bad_request'); // as: what read() throws
});
