import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Duplex, PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { LinkBudget, type ResetCode } from '@cloudtolocalllm/protocol';
import { anyMessage } from '@cloudtolocalllm/protocol/testing/hostile-messages.ts';
import { cases } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { CONTROL_MESSAGE, encodeControl, WORKER_VERSION, writeStreamMessage } from '@cloudtolocalllm/protocol/worker';
import { RelayError } from '../errors.ts';
import { Answer, FakeBridge, startWorkerLink } from './test-worker-link.ts';
import { WorkerLink, type WorkerLinkOptions } from './worker-link.ts';

const MB = 1024 * 1024;
const NDJSON = ['content-type', 'application/x-ndjson'];

describe('a link through a proxy', () => {
  it('carries a request to the bridge and its answer back', async (t) => {
    const { bridge, ask, figures } = await startWorkerLink(t);
    bridge.onOpen = ({ answer }) => {
      answer.head?.(200, NDJSON);
      answer.data(Buffer.from('{"n":1}\n'));
      answer.data(Buffer.from('{"done":true,"eval_count":7}\n'));
      answer.end();
    };
    const answer = ask('/api/chat?x=1');
    answer.exchange?.write(Buffer.from('question'));
    answer.exchange?.end();
    assert.equal(await answer.ended, 'end');
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{"n":1}\n{"done":true,"eval_count":7}\n');
    const [asked] = bridge.asked;
    assert.ok(asked);
    assert.deepEqual(asked.request, {
      method: 'POST',
      path: '/api/chat?x=1',
      headers: ['content-type', 'application/json'],
    });
    await bridge.until(() => asked.hasEnded);
    assert.equal(asked.body, 'question');
    while (figures.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(figures[0]?.requests, 1);
  });

  it('carries a hundred at once, each its own', async (t) => {
    const { bridge, ask } = await startWorkerLink(t);
    bridge.onOpen = ({ answer, request }) => {
      answer.head?.(200, NDJSON);
      for (let count = 0; count < 20; count++) answer.data(Buffer.from(`${request.path} ${count}\n`));
      answer.end();
    };
    const answers = Array.from({ length: 100 }, (_, index) => ask(`/api/${index}`));
    for (const { exchange } of answers) exchange?.end();
    await Promise.all(answers.map(async ({ ended }) => assert.equal(await ended, 'end')));
    for (const [index, { text }] of answers.entries()) {
      assert.equal(text, Array.from({ length: 20 }, (_, count) => `/api/${index} ${count}\n`).join(''));
    }
  });

  it("tells the client why its bridge can't be had", async (t) => {
    const errors = ['bridge_offline', 'rate_limited', 'shutting_down', 'bad_request'] as const;
    const codes: ResetCode[] = ['link_lost', 'refused', 'shutting_down', 'engine_failed'];
    const left = [...errors];
    const { ask } = await startWorkerLink(t, {
      upstream: () => Promise.reject(new RelayError(left.shift()!, 'Cannot open exchange')),
    });
    for (const code of codes) assert.equal(await ask().ended, `${code}: Cannot open exchange`);
  });

  it('cancels at the bridge what the client cancels, also before the bridge is there', async (t) => {
    const bridges = Promise.withResolvers<FakeBridge>();
    const asked = Promise.withResolvers<void>();
    const { ask, bridge } = await startWorkerLink(t, {
      upstream: () => {
        asked.resolve();
        return bridges.promise;
      },
    });
    const early = ask();
    await asked.promise;
    early.exchange?.reset('cancelled', 'gone');
    const late = ask('/api/late');
    late.exchange?.write(Buffer.from('body'));
    bridges.resolve(bridge);
    await bridge.until(() => bridge.asked.at(-1)?.body === 'body');
    late.exchange?.reset('cancelled', 'the client went away');
    await bridge.until(() => bridge.asked.at(-1)?.reset !== undefined);
    assert.equal(bridge.asked.at(-1)?.reset, 'cancelled: the client went away');
    assert.equal(bridge.asked.at(-1)?.request.path, '/api/late');
  });

  it('hands on why a bridge broke off, but not in the name of a proxy', async (t) => {
    const { bridge, ask } = await startWorkerLink(t);
    bridge.onOpen = ({ answer, request }) => {
      // as: the path says which
      answer.reset(request.path.slice(1) as ResetCode, 'because');
    };
    assert.equal(await ask('/engine_failed').ended, 'engine_failed: because');
    assert.equal(await ask('/policy_denied').ended, 'policy_denied: because');
    for (const code of ['proxy_denied', 'proxy_limit', 'proxy_ended']) {
      assert.equal(await ask(`/${code}`).ended, 'protocol_error: because');
    }
  });

  it('cuts off what generates more than the proxy may, and the bridge stops', async (t) => {
    const { bridge, ask } = await startWorkerLink(t, { limits: { maxTokens: 2 } });
    bridge.onOpen = ({ answer }) => {
      answer.head?.(200, NDJSON);
      for (let count = 0; count < 4; count++) answer.data(Buffer.from('{}\n'));
    };
    const answer = ask();
    answer.exchange?.end();
    assert.equal(await answer.ended, 'proxy_limit: This proxy has generated its 2 tokens.');
    await bridge.until(() => bridge.asked[0]?.reset !== undefined);
    assert.match(bridge.asked[0]?.reset ?? '', /^cancelled: /);
  });

  it('passes credit end to end: 32 MB for a slow reader never lie in the worker', async (t) => {
    const { bridge, ask, child } = await startWorkerLink(t);
    const total = 32 * MB;
    const chunk = Buffer.alloc(32 * 1024, 'x');
    let sent = 0;
    bridge.onOpen = (asked) => {
      asked.answer.head?.(200, ['content-type', 'application/octet-stream']);
      // A bridge sends what it has credit for: a window, and what was consumed.
      const send = (): void => {
        while (sent < total && sent - asked.consumed + chunk.length <= 256 * 1024) {
          sent += chunk.length;
          asked.answer.data(chunk);
        }
        if (sent === total) asked.answer.end();
      };
      bridge.onChange = send;
      send();
    };
    const before = residentBytes(child.pid);
    const answer = ask('/bulk', new Answer({ keeps: false }));
    answer.stalled = true;
    answer.exchange?.end();
    while (answer.bytes === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(sent < MB, `${sent} bytes were taken for a reader who reads nothing`);
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, residentBytes(child.pid))), 5);
    answer.read();
    assert.equal(await answer.ended, 'end');
    clearInterval(watch);
    assert.equal(answer.bytes, total);
    assert.ok(peak - before < 24 * MB, `the worker grew by ${Math.round((peak - before) / MB)} MB`);
  });

  it('gives the client credit for what the bridge has taken, and no more', async (t) => {
    const { bridge, ask } = await startWorkerLink(t);
    bridge.hasRoom = false;
    const answer = ask();
    const body = 'x'.repeat(400_000);
    answer.exchange?.write(Buffer.from(body));
    answer.exchange?.end();
    await bridge.until(() => (bridge.asked[0]?.body.length ?? 0) >= 60_000);
    const atFirst = bridge.asked[0]?.body.length ?? 0;
    assert.ok(atFirst <= 65_536, `${atFirst} bytes came on a window of 65536`);
    bridge.hasRoom = true;
    bridge.asked[0]?.answer.drain?.();
    await bridge.until(() => bridge.asked[0]?.hasEnded === true);
    assert.equal(bridge.asked[0]?.body, body);
  });

  it('tells all who wait when the process dies in mid-stream, and cancels at the bridge', async (t) => {
    const { bridge, ask, child, closed, link } = await startWorkerLink(t);
    bridge.onOpen = ({ answer }) => {
      answer.head?.(200, NDJSON);
      answer.data(Buffer.from('{}\n'));
    };
    const answers = [ask(), ask(), ask()];
    while (answers.some(({ text }) => text === '')) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    for (const { ended } of answers) assert.equal(await ended, 'proxy_ended: This proxy ended while it answered.');
    assert.equal(await closed, undefined);
    assert.ok(bridge.asked.every(({ reset }) => reset?.startsWith('cancelled')));
    assert.equal(link.closed, true);
    assert.throws(() => ask(), /the link is closed/);
  });

  it('ends the process when it is closed, and says why to who waits; nobody is told that it broke', async (t) => {
    const { ask, link, exited, closed } = await startWorkerLink(t);
    const answer = ask();
    link.close('This proxy was deleted.');
    assert.equal(await answer.ended, 'proxy_ended: This proxy was deleted.');
    assert.equal(await exited, 0);
    assert.equal(await Promise.race([closed, Promise.resolve('not told')]), 'not told');
  });
});

function residentBytes(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024;
}

/** Both ends of a byte stream. */
function streamPair(): [ours: Duplex, theirs: Duplex] {
  const [to, from] = [new PassThrough(), new PassThrough()];
  return [Duplex.from({ readable: from, writable: to }), Duplex.from({ readable: to, writable: from })];
}

/** A link to a worker that the test plays. */
function playedWorker(t: TestContext): { client: Duplex; bridge: Duplex; options: WorkerLinkOptions; broke: Error[] } {
  const [clientSide, client] = streamPair();
  const [bridgeSide, bridge] = streamPair();
  for (const stream of [client, bridge, clientSide, bridgeSide]) {
    stream.on('error', () => undefined);
    t.after(() => stream.destroy());
  }
  const broke: Error[] = [];
  const options: WorkerLinkOptions = {
    worker: { clientSide, bridgeSide },
    limits: {},
    figuresEveryMs: 5,
    budget: new LinkBudget(),
    upstream: () => Promise.resolve(new FakeBridge()),
    figures: () => undefined,
    closed: (error) => {
      if (error) broke.push(error);
    },
  };
  return { client, bridge, options, broke };
}

function control(value: object): Buffer {
  return encodeControl(CONTROL_MESSAGE, value);
}

const READY = control({ type: 'ready', version: WORKER_VERSION });

describe('a proxy that says what it may not', () => {
  it('is not used when it is of another version', async (t) => {
    const { client, options } = playedWorker(t);
    const started = WorkerLink.start(options);
    writeStreamMessage(client, control({ type: 'ready', version: WORKER_VERSION + 1 }));
    await assert.rejects(started, /of version 2, the relay of 1/);
  });

  it('is not used when it ends before it is ready', async (t) => {
    const { client, options } = playedWorker(t);
    const started = WorkerLink.start(options);
    client.destroy();
    await assert.rejects(started, /ended before it was ready/);
  });

  it('is not used when it says nothing for 15 s', async (t) => {
    const { options } = playedWorker(t);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const started = WorkerLink.start(options);
    t.mock.timers.tick(15_000);
    await assert.rejects(started, /not ready in 15 s/);
  });

  const figures = { requests: 1, errors: 0, running: 0, bytesIn: 0, bytesOut: 0, answered: 0, waitedMs: 0, tokens: 0 };
  const wrong: [name: string, side: 'client' | 'bridge', message: Buffer][] = [
    ['figures below zero', 'client', control({ type: 'figures', figures: { ...figures, tokens: -1 } })],
    ['figures that lack one', 'client', control({ type: 'figures', figures: { requests: 1 } })],
    ['an unknown report', 'client', control({ type: 'hello' })],
    ['a report that is too large', 'client', control({ type: 'figures', figures, more: 'x'.repeat(5000) })],
    ['a report that is no JSON', 'client', Buffer.of(CONTROL_MESSAGE, 0x7b)],
    ['a report on the bridge side', 'bridge', READY],
    ['an unknown message', 'bridge', Buffer.of(0x7f)],
  ];
  for (const [name, side, message] of wrong) {
    it(`is given up: ${name}`, async (t) => {
      const worker = playedWorker(t);
      const started = WorkerLink.start(worker.options);
      writeStreamMessage(worker.client, READY);
      const link = await started;
      const answer = new Answer();
      link.open({ method: 'GET', path: '/', headers: [] }, answer);
      writeStreamMessage(worker[side], message);
      assert.match(await answer.ended, /^proxy_ended: /);
      assert.equal(worker.broke.length, 1);
    });
  }

  it('breaks nothing but its own link, whatever it sends', async (t) => {
    let broken = 0;
    await cases(300, async (random) => {
      const worker = playedWorker(t);
      const started = WorkerLink.start(worker.options);
      writeStreamMessage(worker.client, READY);
      const link = await started;
      const answers = [new Answer(), new Answer()];
      for (const answer of answers) answer.exchange = link.open({ method: 'GET', path: '/', headers: [] }, answer);
      let lastId = 0;
      for (let count = 0; count < 20; count++) {
        const message = anyMessage(random, () => ++lastId);
        if (typeof message === 'string' || message.length === 0) continue;
        writeStreamMessage(random.pick([worker.client, worker.bridge]), message);
      }
      worker.client.end();
      for (const { ended } of answers) await ended;
      assert.equal(link.closed, true);
      broken += worker.broke.length;
    });
    assert.ok(broken > 0);
  });
});
