import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { CLOSE, type ResetCode } from './codes.ts';
import type { Exchange, ExchangeReceiver } from './exchange.ts';
import type { ExchangeRequest } from './frames.ts';
import { LINK_LIMITS } from './limits.ts';
import { Wire } from './testing/wire.ts';

const request: ExchangeRequest = { method: 'POST', path: '/api/chat', headers: ['content-type', 'application/json'] };

class Collector implements ExchangeReceiver {
  readonly events: string[] = [];
  readonly hash = createHash('sha256');
  bytes = 0;
  exchange?: Exchange;
  consumes = true;
  head(status: number): void {
    this.events.push(`head ${status}`);
  }
  data(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
    if (this.consumes) this.exchange?.consumed(chunk.length);
  }
  end(): void {
    this.events.push('end');
  }
  reset(code: ResetCode, reason: string): void {
    this.events.push(`reset ${code} ${reason}`);
  }
}

/** Answers by sending the body back. */
function echo(_request: ExchangeRequest, exchange: Exchange): ExchangeReceiver {
  exchange.head(200, ['content-type', 'application/octet-stream']);
  return {
    data(chunk) {
      exchange.write(Buffer.from(chunk));
      exchange.consumed(chunk.length);
    },
    end: () => exchange.end(),
    reset() {},
  };
}

function openOn(wire: Wire): Collector & { exchange: Exchange } {
  const collector = new Collector();
  collector.exchange = wire.relay.open(request, collector);
  return collector as Collector & { exchange: Exchange };
}

describe('link', () => {
  it('carries a request and its answer and forgets the exchange', async () => {
    const wire = new Wire(echo);
    const answer = openOn(wire);
    answer.exchange.write(Buffer.from('hello'));
    answer.exchange.end();
    await wire.settle();
    assert.deepEqual(answer.events, ['head 200', 'end']);
    assert.equal(answer.bytes, 5);
    assert.equal(wire.relay.exchangeCount + wire.bridge.exchangeCount, 0);
  });

  it('stops at the window when the reader does not consume, and goes on when it does', async () => {
    const wire = new Wire((_request, exchange) => {
      exchange.head(200, []);
      for (let sent = 0; sent < 40; sent++) exchange.write(Buffer.alloc(10_000));
      exchange.end();
      return { data() {}, end() {}, reset() {} };
    });
    const answer = openOn(wire);
    answer.consumes = false;
    answer.exchange.end();
    await wire.settle();
    assert.equal(answer.bytes, LINK_LIMITS.initialWindow);
    answer.consumes = true;
    answer.exchange.consumed(answer.bytes);
    await wire.settle();
    assert.equal(answer.bytes, 400_000);
    assert.deepEqual(answer.events, ['head 200', 'end']);
  });

  it('tells the writer to wait and calls it back', async () => {
    const wire = new Wire(echo);
    const answer = openOn(wire);
    let drained = 0;
    answer.exchange.write(Buffer.alloc(10));
    Object.assign(answer, { drain: () => drained++ });
    assert.equal(answer.exchange.write(Buffer.alloc(LINK_LIMITS.writeBufferBytes)), false);
    await wire.settle();
    assert.equal(drained, 1);
  });

  it('lets a token through between the frames of a bulk body', async () => {
    const exchanges: Exchange[] = [];
    const wire = new Wire((_request, exchange) => {
      exchange.head(200, []);
      exchanges.push(exchange);
      return { data() {}, end() {}, reset() {} };
    });
    const bulk = openOn(wire);
    const chat = openOn(wire);
    await wire.settle();
    exchanges[0]!.write(Buffer.alloc(10_000_000));
    exchanges[1]!.write(Buffer.from('token'));
    await turn();
    wire.deliver(1);
    assert.equal(chat.bytes, 5);
    assert.ok(bulk.bytes <= LINK_LIMITS.messageBytes, `${bulk.bytes} bytes went ahead`);
  });

  it('carries a reset both ways, with its reason, and drops late frames', async () => {
    const seen: string[] = [];
    const exchanges: Exchange[] = [];
    const wire = new Wire((_request, exchange) => {
      exchanges.push(exchange);
      exchange.head(200, []);
      return { data() {}, end() {}, reset: (code, reason) => seen.push(`${code} ${reason}`) };
    });
    const first = openOn(wire);
    const second = openOn(wire);
    await wire.settle();
    first.exchange.reset('cancelled', 'client went away');
    exchanges[0]!.write(Buffer.from('late'));
    exchanges[1]!.reset('engine_failed', 'runner died');
    await wire.settle();
    assert.deepEqual(seen, ['cancelled client went away']);
    assert.equal(first.bytes, 0);
    assert.deepEqual(second.events, ['head 200', 'reset engine_failed runner died']);
    assert.equal(wire.relay.exchangeCount + wire.bridge.exchangeCount, 0);
  });

  it('does not send an end after a reset', async () => {
    const wire = new Wire(echo);
    const answer = openOn(wire);
    answer.exchange.write(Buffer.from('x'));
    answer.exchange.end();
    answer.exchange.reset('cancelled');
    await wire.settle();
    assert.equal(wire.closed.bridge, undefined);
    assert.equal(wire.bridge.exchangeCount, 0);
  });

  it('delivers every byte once through 100 cuts under 20 exchanges', async () => {
    const wire = new Wire(echo);
    const streams = Array.from({ length: 20 }, () => ({ answer: openOn(wire), sent: createHash('sha256'), left: 60 }));
    let cuts = 0;
    while (cuts < 100 || streams.some(({ answer }) => !answer.events.includes('end'))) {
      for (const stream of streams) {
        if (stream.left === 0 || Math.random() < 0.8) continue;
        const chunk = randomBytes(1 + Math.floor(Math.random() * 40_000));
        stream.sent.update(chunk);
        stream.answer.exchange.write(chunk);
        if (--stream.left === 0) stream.answer.exchange.end();
      }
      await turn();
      wire.deliver(Math.floor(Math.random() * 4));
      if (cuts < 100 && Math.random() < 0.3) {
        cuts++;
        wire.cut();
        if (Math.random() < 0.5) await turn();
        wire.connect();
      }
    }
    for (const { answer, sent } of streams) {
      assert.deepEqual(answer.events, ['head 200', 'end']);
      assert.equal(answer.hash.digest('hex'), sent.digest('hex'));
    }
    assert.deepEqual(wire.closed, {});
    assert.equal(wire.relay.exchangeCount + wire.bridge.exchangeCount, 0);
  });

  it('replays an open, an end, a reset and an envelope that were lost with the socket', async () => {
    const envelopes: string[] = [];
    const opened: string[] = [];
    const wire = new Wire((opening, exchange) => {
      opened.push(opening.path);
      return echo(opening, exchange);
    });
    const bridgeEnd = wire.bridge as unknown as { receive(message: Buffer | string): void }; // spies on what arrives
    const receive = bridgeEnd.receive.bind(wire.bridge);
    bridgeEnd.receive = (message) => {
      if (typeof message === 'string') envelopes.push(message);
      receive(message);
    };
    const ended = openOn(wire);
    const dropped = openOn(wire);
    ended.exchange.end();
    dropped.exchange.reset('cancelled');
    wire.relay.sendEnvelope('{"type":"chat_cancel"}');
    await turn();
    assert.ok(wire.onTheWay > 0);
    wire.cut();
    wire.connect();
    await wire.settle();
    assert.deepEqual(opened, ['/api/chat', '/api/chat']);
    assert.deepEqual(envelopes, ['{"type":"chat_cancel"}']);
    assert.deepEqual(ended.events, ['head 200', 'end']);
    assert.equal(wire.bridge.exchangeCount, 0);
  });

  it('holds no more than its caps while the socket is away', async () => {
    const wire = new Wire((_request, exchange) => {
      exchange.head(200, []);
      const fill = (): void => {
        while (exchange.write(Buffer.alloc(8000)));
      };
      fill();
      return { data() {}, end() {}, reset() {}, drain: fill };
    });
    wire.paused = true;
    for (let count = 0; count < 200; count++) openOn(wire);
    await wire.settle(200);
    assert.ok(wire.bridge.unackedBytes <= LINK_LIMITS.unackedBytes + LINK_LIMITS.messageBytes * 2);
  });

  it('resets every exchange with the reason when the session ends', async () => {
    const wire = new Wire(echo);
    const answer = openOn(wire);
    await wire.settle();
    wire.relay.close(CLOSE.replaced, 'replaced by another process');
    assert.deepEqual(answer.events, ['head 200', 'reset link_lost replaced by another process']);
    assert.throws(() => wire.relay.open(request, answer), /closed/);
  });

  it('refuses exchanges above the limit on both sides', () => {
    const wire = new Wire(echo);
    for (let count = 0; count < LINK_LIMITS.exchanges; count++) openOn(wire);
    assert.throws(() => openOn(wire), /running on this link/);
  });

  it('refuses an acknowledgement of what was never sent', () => {
    const wire = new Wire(echo);
    wire.cut();
    assert.throws(() => wire.relay.attach({ bufferedAmount: 0, send() {}, close() {} }, 5), /acknowledges/);
  });
});
