import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { MAX_ENVELOPE_BYTES } from '../envelopes/envelope.ts';
import { LinkBudget } from './budget.ts';
import { MESSAGE } from './frames.ts';
import { LINK_LIMITS } from './limits.ts';
import { Link } from './link.ts';
import { session } from './testing/hostile-messages.ts';
import { Random, SEED } from './testing/seeded-random.ts';
import { linkSocket } from './web-socket-adapter.ts';

describe('a link over real sockets', () => {
  let server: WebSocketServer;
  const links: Link[] = [];

  before(async () => {
    server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      maxPayload: MAX_ENVELOPE_BYTES,
      perMessageDeflate: false,
    });
    server.on('connection', (socket) => {
      const link = new Link({ session, budget: new LinkBudget() });
      links.push(link);
      link.attach(linkSocket(socket), 0);
      socket.on('message', (data: Buffer, isBinary) => link.receive(isBinary ? data : data.toString()));
      socket.on('error', () => {}); // `close` follows with its code
      socket.on('close', () => link.detach());
    });
    await once(server, 'listening');
  });
  after(() => server.close());

  /** Sends the messages and resolves with how the relay closed. */
  async function closeAfter(...messages: (Buffer | string)[]): Promise<{ code: number; reason: string }> {
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    socket.on('error', () => {}); // the relay may close while a large message is still being written
    for (const message of messages) socket.send(message);
    const [code, reason] = (await closed) as [number, Buffer];
    return { code, reason: reason.toString() };
  }

  it('takes the largest text and closes with 1009 on a larger one', async () => {
    const largest = 'x'.repeat(MAX_ENVELOPE_BYTES);
    assert.deepEqual(await closeAfter(largest, Buffer.of(0xff)), {
      code: 4400,
      reason: 'message kind 255 is not of this version',
    });
    assert.equal((await closeAfter(`${largest}x`)).code, 1009);
  });

  it('closes with 4400 on a binary message above its limit', async () => {
    const message = Buffer.alloc(LINK_LIMITS.maxMessageBytes + 1, MESSAGE.frames);
    assert.deepEqual(await closeAfter(message), { code: 4400, reason: 'message of 163841 bytes, limit 163840' });
  });

  it('closes with 1007 on text that is not UTF-8', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await once(socket, 'open');
    socket.send(Buffer.of(0xff, 0xfe), { binary: false });
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1007);
  });

  it('answers garbage with 4400 and goes on serving', async () => {
    const random = new Random(SEED);
    for (let left = 50; left > 0; left--) {
      const garbage = random.bytes(1 + random.below(300));
      const { code, reason } = await closeAfter(garbage, Buffer.of(0xff));
      assert.equal(code, 4400, `SEED = ${SEED}`);
      assert.ok(reason.length > 0);
    }
    while (links.some((link) => link.attached)) await turn();
    assert.ok(links.every((link) => link.exchangeCount === 0));
  });

  it('shortens a close reason to what a close frame holds', async () => {
    server.once('connection', () => links.at(-1)?.close(4400, `${'x'.repeat(118)}🦙 and much more`));
    const { code, reason } = await closeAfter();
    assert.equal(code, 4400);
    assert.equal(reason.slice(0, 118), 'x'.repeat(118));
    assert.ok(Buffer.byteLength(reason) <= 123);
  });
});
