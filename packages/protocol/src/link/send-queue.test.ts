import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinkExchange, type ExchangeHost } from './exchange.ts';
import { decodeFrames, type FrameVisitor } from './frames.ts';
import { LINK_LIMITS } from './limits.ts';
import { SendQueue } from './send-queue.ts';

const queue = () => {
  const made = new SendQueue();
  const host: ExchangeHost = {
    ready: (exchange) => made.ready(exchange),
    control: (frame) => made.control(frame),
    windowDue: (exchange) => made.windowDue(exchange),
    takeWindow: () => false,
    finished() {},
  };
  let id = 0;
  return { queue: made, open: () => new LinkExchange(++id, host, false) };
};

/** The exchange and the bytes of each DATA frame of a message. */
function dataFrames(message: Buffer | undefined): [id: number, bytes: number][] {
  const frames: [number, number][] = [];
  const visitor: FrameVisitor = {
    onOpen() {},
    onHead() {},
    onData: (id, data) => void frames.push([id, data.length]),
    onEnd() {},
    onReset() {},
    onWindow() {},
  };
  if (message) decodeFrames(message, visitor);
  return frames;
}

describe('send queue', () => {
  it('gives a whole message to an exchange that is alone', () => {
    const { queue: made, open } = queue();
    open().write(Buffer.alloc(64 * 1024));
    const frames = dataFrames(made.build([]));
    assert.equal(frames.length, 1);
    assert.ok(frames[0]![1] > LINK_LIMITS.turnBytes);
  });

  it('puts a token ahead of bodies that have been at it', () => {
    const { queue: made, open } = queue();
    const bulk = Array.from({ length: 20 }, open);
    for (const exchange of bulk) exchange.write(Buffer.alloc(60_000));
    made.build([]);
    const token = open();
    token.write(Buffer.from('token'));
    for (let message = 0; message < 10; message++) {
      const frames = dataFrames(made.build([]));
      if (frames.some(([id]) => id === token.id)) return assert.ok(message <= 1, `in message ${message}`);
    }
    assert.fail('the token was not sent');
  });

  it('leaves half of a message to the bulk, however many tokens there are', () => {
    const { queue: made, open } = queue();
    const body = open();
    body.write(Buffer.alloc(64 * 1024));
    open().write(Buffer.from('x'));
    made.build([]);
    for (let count = 0; count < 10; count++) open().write(Buffer.alloc(16 * 1024));
    const frames = dataFrames(made.build([]));
    assert.ok(frames.some(([id]) => id === body.id));
  });

  it('is empty when all was sent', () => {
    const { queue: made, open } = queue();
    const exchange = open();
    exchange.write(Buffer.from('x'));
    exchange.end();
    assert.equal(made.empty, false);
    made.build([]);
    assert.equal(made.empty, true);
    assert.equal(made.build([]), undefined);
  });
});
