import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Link, LinkBudget, type Exchange, type LinkSocket } from '@cloudtolocalllm/protocol';
import { startPassThrough } from './test-pass-through.ts';

/** What is in the hands of the operating system when the callback and what it set off for this turn have run. */
async function sentWithin(socket: Socket, callback: () => void): Promise<number> {
  const sent = (): number => socket.bytesWritten - socket.writableLength;
  const before = sent();
  let turns = 0;
  setImmediate(() => turns++);
  callback();
  // Runs behind the ticks that the callback asked for, and before the loop goes on.
  const [during, turnsUntilThen] = await new Promise<[number, number]>((resolve) =>
    process.nextTick(() => resolve([sent(), turns])),
  );
  assert.equal(turnsUntilThen, 0, 'the loop has not gone on');
  return during - before;
}

/** Both ends of a link. What the bridge says waits until the test lets it come off the link. */
function joined() {
  const fromBridge: (Buffer | string)[] = [];
  const exchanges: Exchange[] = [];
  const session = '00000000-0000-4000-8000-000000000001';
  const relay = new Link({ session, budget: new LinkBudget() });
  const bridge = new Link({
    session,
    budget: new LinkBudget(),
    accept: (_request, exchange) => {
      exchanges.push(exchange);
      return { data: (chunk) => exchange.consumed(chunk.length), end() {}, reset() {} };
    },
  });
  const socket = (take: (message: Buffer | string) => void): LinkSocket => ({
    bufferedAmount: 0,
    send(message, written) {
      take(typeof message === 'string' ? message : Buffer.from(message));
      written?.();
    },
    close() {},
  });
  relay.attach(
    socket((message) => setImmediate(() => bridge.receive(message))),
    0,
  );
  bridge.attach(
    socket((message) => fromBridge.push(message)),
    0,
  );
  const arrive = (): void => {
    for (const message of fromBridge.splice(0)) relay.receive(message);
  };
  /** Says it on the bridge, and waits until it has been sent. */
  const say = async (speak: () => void): Promise<void> => {
    fromBridge.length = 0;
    speak();
    while (fromBridge.length === 0) await turn();
  };
  return { relay, exchanges, say, arrive };
}

test("a token is on the client's socket in the turn in which it came off the link", { timeout: 20_000 }, async (t) => {
  const { relay, exchanges, say, arrive } = joined();
  const { port, sockets } = await startPassThrough(t, { over: relay });
  for (const head of [['content-type', 'text/event-stream'], ['content-type', 'application/x-ndjson'], []]) {
    exchanges.length = 0;
    const outgoing = request({ port, path: '/v1/chat/completions', method: 'POST', agent: false });
    outgoing.end('{"stream":true}');
    while (exchanges.length === 0) await turn();
    const exchange = exchanges[0]!; // waited for
    const socket = sockets.at(-1)!; // of this request
    await say(() => {
      exchange.head(200, head);
      exchange.write(Buffer.from('data: 1\n\n'));
    });
    assert.ok((await sentWithin(socket, arrive)) > 100, 'the head goes with the first token');
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    let said = '';
    response.on('data', (chunk: Buffer) => (said += chunk.toString()));
    for (const token of ['x', 'data: {"choices":[]}\n\n', '語'.repeat(100)]) {
      await say(() => exchange.write(Buffer.from(token)));
      const bytes = Buffer.byteLength(token);
      // A chunk: its length in hexadecimal, its bytes, two line ends.
      assert.equal(await sentWithin(socket, arrive), bytes.toString(16).length + bytes + 4);
    }
    await say(() => exchange.end());
    assert.ok((await sentWithin(socket, arrive)) > 0, 'and so does the end');
    await once(response, 'end');
    assert.ok(said.endsWith('語'));
  }
});
