import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { ChatEvent, ImportStatus, PullEvent } from '@cloudtolocalllm/protocol';
import { createClient, type Client } from './client.ts';
import { answerJson, collect, startTestServer } from './test-server.ts';

const START: ChatEvent = { type: 'start', messageId: 'msg-1', seq: 1 };
const END: ChatEvent = { type: 'complete', messageId: 'msg-1', totalTokens: 1, seq: 3 };
const chunk = (content: string): ChatEvent => ({ type: 'chunk', content, seq: 2 });
const lines = (...events: object[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');

const clientOf = (url: string): Client => createClient({ baseUrl: url, token: 'token' });

/** Every stream over HTTP, as somebody who listens sees it. */
const STREAMS: Record<string, (client: Client, signal?: AbortSignal) => AsyncIterable<unknown>> = {
  'messages.send': (client, signal) => client.messages.send('conv-1', 'Hello', { signal }),
  'messages.events': (client, signal) => client.messages.events('conv-1', 'msg-1', { signal }),
  'queue.events': (client, signal) => client.queue.events('bridge-1', 'msg-1', { signal }),
  'models.pull': (client, signal) => client.models.pull('bridge-1', 'tiny', { signal }),
};
const PROGRESS: PullEvent = { type: 'progress', status: 'pulling' };

/** A server that sends one event of each kind of stream and then says nothing more. */
async function startQuiet(t: TestContext) {
  const closed: Promise<unknown>[] = [];
  const server = await startTestServer((request, response) => {
    closed.push(once(response, 'close'));
    response.writeHead(200).write(lines(request.url?.endsWith('/pull') === true ? PROGRESS : START));
  });
  t.after(() => server[Symbol.asyncDispose]());
  return { client: clientOf(server.url), closed };
}

/** A server on one port that can go away and come back. */
async function startRestartable(t: TestContext, listener: RequestListener) {
  let server: Server;
  let port = 0;
  const start = async (): Promise<void> => {
    server = createServer(listener).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port; // as: it listens on a port
  };
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  await start();
  t.after(stop);
  return { start, stop, client: clientOf(`http://127.0.0.1:${port}`) };
}

for (const [name, open] of Object.entries(STREAMS)) {
  describe(name, () => {
    it('closes its connection when the loop is left, and asks for nothing more', async (t) => {
      const { client, closed } = await startQuiet(t);
      for await (const event of open(client)) {
        assert.ok(event !== undefined);
        break;
      }
      await closed[0];
      assert.equal(closed.length, 1);
    });

    it('ends at once, also while it waits, when its iterator is told to return', async (t) => {
      const { client, closed } = await startQuiet(t);
      const iterator = open(client)[Symbol.asyncIterator]();
      await iterator.next();
      const waiting = iterator.next();
      assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
      assert.deepEqual(await waiting, { done: true, value: undefined });
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
      await closed[0];
      assert.equal(closed.length, 1);
    });

    it('ends at once with the reason of its signal, and closes its connection', async (t) => {
      const { client, closed } = await startQuiet(t);
      const controller = new AbortController();
      const iterator = open(client, controller.signal)[Symbol.asyncIterator]();
      await iterator.next();
      const waiting = iterator.next();
      controller.abort(new Error('left'));
      await assert.rejects(waiting, /left/);
      await closed[0];
      assert.equal(closed.length, 1);
    });

    it('sends nothing when its signal was aborted before', async (t) => {
      const { client, closed } = await startQuiet(t);
      await assert.rejects(collect(open(client, AbortSignal.abort(new Error('left')))), /left/);
      assert.equal(closed.length, 0);
    });

    it('goes on after the relay was away and started again', async (t) => {
      const isPull = name === 'models.pull';
      const [begin, rest] = isPull
        ? [[PROGRESS], [PROGRESS, { type: 'complete', model: 'tiny' }]]
        : [[START], [chunk('Hi'), END]];
      let requests = 0;
      const relay = await startRestartable(t, (_, response) => {
        requests += 1;
        response.writeHead(200);
        if (requests === 1) response.write(lines(...begin));
        else response.end(lines(...rest));
      });
      const iterator = open(relay.client)[Symbol.asyncIterator]();
      const seen: unknown[] = [(await iterator.next()).value];
      await relay.stop();
      const next = iterator.next();
      await new Promise((resolve) => setImmediate(resolve));
      await relay.start();
      for (let result = await next; !result.done; result = await iterator.next()) seen.push(result.value);
      assert.deepEqual(seen, [...begin, ...rest]);
      assert.equal(requests, 2);
    });
  });
}

describe('back-pressure', () => {
  it('reaches the relay when nobody reads', async () => {
    const line = lines(chunk('x'.repeat(1000)));
    let answer: ServerResponse | undefined;
    let full = Promise.withResolvers<void>();
    await using server = await startTestServer((_, response) => {
      answer = response;
      response.writeHead(200).write(lines(START));
      const write = (): void => {
        // Until the kernel's and the client's buffers are full: then nothing drains any more.
        for (let count = 0; count < 100; count++) if (!response.write(line)) return full.resolve();
        setImmediate(write);
      };
      response.on('drain', () => {
        full = Promise.withResolvers();
        setImmediate(write);
      });
      write();
    });
    const events = clientOf(server.url).messages.events('conv-1', 'msg-1')[Symbol.asyncIterator]();
    await events.next();
    await full.promise;
    let sent = -1;
    while (sent !== bytesSent(answer)) {
      sent = bytesSent(answer);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(answer?.writableNeedDrain, 'the relay is held up');
    assert.ok(sent < 20_000_000, `${sent} bytes were taken from the relay although nobody read them`);
    await events.return?.();
  });
});

function bytesSent(response: ServerResponse | undefined): number {
  return response?.socket instanceof Socket ? response.socket.bytesWritten : 0;
}

describe('transfer.progress', () => {
  const at = (status: ImportStatus['status'], imported: number): ImportStatus => ({
    importId: 'import-1',
    status,
    total: 2,
    imported,
    skipped: 0,
    failed: 0,
    problems: [],
  });

  it('goes on over cuts and a relay that starts again', async () => {
    const answers = [at('running', 0), 'cut', 'starting', at('running', 1), at('complete', 2)];
    await using server = await startTestServer((request, response) => {
      const answer = answers.shift();
      if (answer === 'cut') request.socket.destroy();
      else if (answer === 'starting') response.writeHead(503).end();
      else answerJson(response, answer);
    });
    const seen = await collect(clientOf(server.url).transfer.progress('import-1'));
    assert.deepEqual(
      seen.map(({ status, imported }) => [status, imported]),
      [
        ['running', 0],
        ['running', 1],
        ['complete', 2],
      ],
    );
  });

  it('ends at once with the reason of its signal, between two looks', async () => {
    await using server = await startTestServer((_, response) => answerJson(response, at('running', 0)));
    const controller = new AbortController();
    const events = clientOf(server.url).transfer.progress('import-1', controller);
    await events.next();
    const waiting = events.next();
    controller.abort(new Error('left'));
    await assert.rejects(waiting, /left/);
  });
});
