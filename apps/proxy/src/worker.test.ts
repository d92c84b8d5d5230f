import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  encodeEnd,
  encodeHead,
  encodeOpen,
  encodeReset,
  FRAME,
  ProtocolError,
  RESET_CODES,
  type HeaderList,
} from '@cloudtolocalllm/protocol/worker';
import { framesMessage, rawFrame } from '@cloudtolocalllm/protocol/testing/hostile-messages.ts';
import { startTestWorker, type TestWorker } from './test-worker.ts';

const NDJSON: HeaderList = ['content-type', 'application/x-ndjson'];

function open(id: number, path = '/api/chat'): Buffer {
  return encodeOpen(id, { method: 'POST', path, headers: [] });
}

function data(id: number, text: string): Buffer {
  return rawFrame(FRAME.data, id, Buffer.from(text));
}

/** A message that holds nothing but a RESET. */
function resetMessage(id: number, code: keyof typeof RESET_CODES, reason: string): Buffer {
  return framesMessage(encodeReset(id, RESET_CODES[code], reason));
}

const isFrames = (message: Buffer): boolean => message[0] === 0x10;

/** What has arrived there, but for acknowledgements. */
function frames({ messages }: TestWorker['client']): Buffer[] {
  return messages.filter(isFrames);
}

describe('worker', () => {
  it('says that it is there before it is asked', async (t) => {
    const { client, until } = await startTestWorker(t);
    await until(() => client.reports.length > 0);
    assert.deepEqual(client.reports[0], { type: 'ready', version: 1 });
  });

  it('passes messages on as they are, both ways, and measures them', async (t) => {
    const worker = await startTestWorker(t);
    const { client, bridge } = worker;
    const question = framesMessage(open(1), data(1, 'question'), encodeEnd(1));
    const begin = framesMessage(
      encodeHead(1, 200, NDJSON),
      data(1, '{"a"'),
      rawFrame(FRAME.window, 1, Buffer.alloc(6)),
    );
    const rest = framesMessage(data(1, ':1}\n{}\n'), encodeEnd(1));
    client.send(question);
    await worker.until(() => frames(bridge).length === 1);
    bridge.send(begin);
    bridge.send(rest);
    await worker.until(() => client.figures?.running === 0 && client.figures.answered === 1);
    assert.deepEqual(frames(bridge), [question]);
    assert.deepEqual(frames(client), [begin, rest]);
    const { waitedMs, ...figures } = client.figures ?? {};
    assert.ok(waitedMs !== undefined && waitedMs > 0);
    assert.deepEqual(figures, {
      requests: 1,
      errors: 0,
      running: 0,
      bytesIn: 8,
      bytesOut: 11,
      answered: 1,
      tokens: 2,
    });
  });

  it('acknowledges each side by itself and keeps the acknowledgements of the other', async (t) => {
    const worker = await startTestWorker(t);
    const { client, bridge } = worker;
    client.send(framesMessage(open(1)));
    client.send(framesMessage(data(1, 'x')));
    bridge.send(Buffer.from('03000000000002', 'hex'));
    await worker.until(() => client.messages.some((message) => message[0] === 3));
    assert.deepEqual(
      client.messages.filter((message) => !isFrames(message)),
      [Buffer.from('03000000000002', 'hex')],
    );
    assert.equal(bridge.messages.filter((message) => !isFrames(message)).length, 0);
  });

  it('refuses what its paths do not let through, drops the rest of it, and passes what came with it', async (t) => {
    const worker = await startTestWorker(t, { paths: ['/v1/*', '/api/chat'] });
    const { client, bridge } = worker;
    client.send(framesMessage(open(1), open(2, '/api/delete'), data(2, 'x'), data(1, 'y'), encodeEnd(2), encodeEnd(1)));
    client.send(framesMessage(data(2, 'late')));
    client.send(framesMessage(open(3, '/v1/../api/delete')));
    client.send(framesMessage(open(4, '/v1/models?x=1')));
    await worker.until(() => frames(bridge).length === 2 && frames(client).length === 2);
    assert.deepEqual(frames(bridge), [
      framesMessage(open(1), data(1, 'y'), encodeEnd(1)),
      framesMessage(open(4, '/v1/models?x=1')),
    ]);
    const reason = 'This proxy lets through only: /v1/*, /api/chat';
    assert.deepEqual(frames(client), [
      resetMessage(2, 'proxy_denied', reason),
      resetMessage(3, 'proxy_denied', reason),
    ]);
    await worker.until(() => client.figures?.requests === 4);
    assert.equal(client.figures?.errors, 2);
    assert.equal(client.figures.running, 2);
  });

  it('answers as many requests as it may, and as many at a time', async (t) => {
    const worker = await startTestWorker(t, { maxRequests: 2, maxConcurrent: 1 });
    const { client, bridge } = worker;
    const answer = (id: number): Buffer => framesMessage(encodeHead(id, 200, []), encodeEnd(id));
    client.send(framesMessage(open(1), encodeEnd(1), open(2), encodeEnd(2)));
    await worker.until(() => frames(client).length === 1 && frames(bridge).length === 1);
    bridge.send(answer(1));
    await worker.until(() => frames(client).length === 2);
    client.send(framesMessage(open(3), encodeEnd(3)));
    await worker.until(() => frames(bridge).length === 2);
    bridge.send(answer(3));
    client.send(framesMessage(open(4), encodeEnd(4)));
    await worker.until(() => frames(client).length === 4);
    assert.deepEqual(
      frames(client).filter((message) => message[1] === FRAME.reset),
      [
        resetMessage(2, 'proxy_limit', 'This proxy answers 1 request at a time. Try again when one has ended.'),
        resetMessage(4, 'proxy_limit', 'This proxy has answered its 2 requests.'),
      ],
    );
  });

  it('cuts off in mid-stream what generates more than it may, and cancels it at the bridge', async (t) => {
    const worker = await startTestWorker(t, { maxTokens: 3 });
    const { client, bridge } = worker;
    client.send(framesMessage(open(1), encodeEnd(1), open(2), encodeEnd(2)));
    await worker.until(() => frames(bridge).length === 1);
    bridge.send(framesMessage(encodeHead(1, 200, NDJSON), data(1, '{}\n{}\n'), encodeHead(2, 200, []), data(2, 'x')));
    bridge.send(framesMessage(data(1, '{}\n'), data(1, '{}\n'), data(2, 'y'), data(1, '{}\n'), encodeEnd(1)));
    await worker.until(() => frames(client).length === 3 && frames(bridge).length === 2);
    const reason = 'This proxy has generated its 3 tokens.';
    assert.deepEqual(frames(client).slice(1), [
      framesMessage(data(1, '{}\n'), data(2, 'y')),
      resetMessage(1, 'proxy_limit', reason),
    ]);
    assert.deepEqual(frames(bridge).slice(1), [resetMessage(1, 'cancelled', reason)]);
    client.send(framesMessage(open(3), encodeEnd(3)));
    await worker.until(() => frames(client).length === 4);
    assert.deepEqual(frames(client)[3], resetMessage(3, 'proxy_limit', reason));
  });

  it('cuts off what calls tools with arguments that look like a number of tokens', async (t) => {
    const worker = await startTestWorker(t, { maxTokens: 3 });
    const { client, bridge } = worker;
    client.send(framesMessage(open(1), encodeEnd(1)));
    await worker.until(() => frames(bridge).length === 1);
    const line = '{"message":{"tool_calls":[{"function":{"arguments":{"eval_count":0}}}]},"done":false}\n';
    bridge.send(framesMessage(encodeHead(1, 200, NDJSON), ...Array.from({ length: 9 }, () => data(1, line))));
    await worker.until(() => client.figures?.running === 0);
    assert.deepEqual(frames(client), [
      framesMessage(encodeHead(1, 200, NDJSON), data(1, line), data(1, line), data(1, line)),
      resetMessage(1, 'proxy_limit', 'This proxy has generated its 3 tokens.'),
    ]);
  });

  it("lets an answer end that has the last of its tokens, by the engine's number", async (t) => {
    const worker = await startTestWorker(t, { maxTokens: 2 });
    const { client, bridge } = worker;
    client.send(framesMessage(open(1), encodeEnd(1)));
    await worker.until(() => frames(bridge).length === 1);
    const answer = framesMessage(
      encodeHead(1, 200, NDJSON),
      data(1, '{}\n{}\n'),
      data(1, '{"done":true,"eval_count":2}\n'),
      encodeEnd(1),
    );
    bridge.send(answer);
    await worker.until(() => client.figures?.answered === 1 && client.figures.running === 0);
    assert.deepEqual(frames(client), [answer]);
    assert.equal(client.figures?.tokens, 2);
  });

  it("counts an error once for each that failed, and none for a client's own cancel", async (t) => {
    const worker = await startTestWorker(t);
    const { client, bridge } = worker;
    client.send(framesMessage(open(1), open(2), open(3), open(4), open(5), encodeEnd(5)));
    client.send(resetMessage(1, 'cancelled', ''));
    client.send(resetMessage(2, 'protocol_error', ''));
    await worker.until(() => frames(bridge).length === 3);
    bridge.send(framesMessage(encodeHead(3, 404, []), encodeReset(3, RESET_CODES.engine_failed, '')));
    bridge.send(resetMessage(4, 'engine_unreachable', ''));
    bridge.send(framesMessage(encodeHead(5, 200, []), encodeEnd(5)));
    await worker.until(() => client.figures?.running === 0);
    assert.equal(client.figures?.requests, 5);
    assert.equal(client.figures.errors, 3);
    assert.equal(client.figures.answered, 2);
  });

  it('reports nothing while nothing changes', async (t) => {
    const worker = await startTestWorker(t);
    const { client, bridge } = worker;
    client.send(framesMessage(open(1), encodeEnd(1)));
    await worker.until(() => frames(bridge).length === 1);
    bridge.send(framesMessage(encodeHead(1, 200, []), encodeEnd(1)));
    await worker.until(() => client.figures?.answered === 1);
    const before = client.reports.length;
    for (let count = 0; count < 3; count++) client.send(Buffer.from('03000000000000', 'hex'));
    client.send(framesMessage(open(2)));
    await worker.until(() => client.figures?.requests === 2);
    assert.equal(client.reports.length, before + 1);
  });

  const malformed: [name: string, side: 'client' | 'bridge', message: Buffer][] = [
    ['an unknown kind', 'client', Buffer.from('7f', 'hex')],
    ['a HELLO', 'bridge', Buffer.from('01', 'hex')],
    ['a control message from the bridge side', 'bridge', Buffer.from('207b7d', 'hex')],
    ['an exchange that never was', 'client', framesMessage(data(9, 'x'))],
    ['an OPEN from the bridge side', 'bridge', framesMessage(open(1))],
    ['a HEAD from a client', 'client', framesMessage(open(1), encodeHead(1, 200, []))],
    ['an id used twice', 'client', framesMessage(open(1), open(1))],
    ['a cut header', 'client', framesMessage(Buffer.from('01', 'hex'))],
    ['a frame longer than its message', 'client', framesMessage(rawFrame(FRAME.data, 1, Buffer.alloc(3), 4))],
    ['an unknown frame', 'client', framesMessage(open(1), rawFrame(99, 1, Buffer.alloc(1)))],
    ['a head that is none', 'client', framesMessage(rawFrame(FRAME.open, 1, Buffer.from('ffff', 'hex')))],
    ['a control message that is no JSON', 'client', Buffer.from('207b', 'hex')],
  ];
  for (const [name, side, message] of malformed) {
    it(`ends at ${name}`, async (t) => {
      const worker = await startTestWorker(t);
      worker[side].send(message);
      await worker.until(() => worker.ends.length > 0);
      assert.ok(worker.ends[0] instanceof ProtocolError, worker.ends[0]?.message);
    });
  }

  it('ends when either side is closed', async (t) => {
    for (const side of ['client', 'bridge'] as const) {
      const worker = await startTestWorker(t);
      worker[side].socket.end();
      await worker.until(() => worker.ends.length > 0);
      assert.equal(worker.ends[0], undefined);
    }
  });

  it('stops reading while the other side takes nothing, and goes on where it stopped', async (t) => {
    const worker = await startTestWorker(t);
    const { client, bridge } = worker;
    client.send(framesMessage(open(1), encodeEnd(1)));
    await worker.until(() => frames(bridge).length === 1);
    bridge.send(framesMessage(encodeHead(1, 200, [])));
    await worker.until(() => frames(client).length === 1);
    client.socket.pause();
    const message = framesMessage(rawFrame(FRAME.data, 1, Buffer.alloc(64_000, 'x')));
    const count = 512;
    // Written as far as it is taken, which is not to its end: then nobody takes anything any more.
    let sent = 0;
    let stalled = 0;
    while (sent < count && stalled < 20) {
      if (bridge.socket.writableLength > 0) {
        stalled++;
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      stalled = 0;
      bridge.send(message);
      sent++;
    }
    assert.ok(sent < 64, `${sent} messages of 64 KB were taken for a reader who reads nothing`);
    while (sent++ < count) bridge.send(message);
    client.socket.resume();
    await worker.until(() => frames(client).length === count + 1);
    assert.ok(
      frames(client)
        .slice(1)
        .every((received) => received.equals(message)),
    );
  });
});
