import assert from 'node:assert/strict';
import { LinkBudget } from '../budget.ts';
import type { Exchange, ExchangeReceiver } from '../exchange.ts';
import { LINK_LIMITS } from '../limits.ts';
import { Link, type LinkSocket } from '../link.ts';
import { request, session } from './hostile-messages.ts';

class CountingBudget extends LinkBudget {
  kept = 0;
  window = 0;
  override keep(bytes: number): void {
    this.kept += bytes;
    super.keep(bytes);
  }
  override release(bytes: number): void {
    this.kept -= bytes;
    super.release(bytes);
  }
  override takeWindow(bytes: number): boolean {
    const taken = super.takeWindow(bytes);
    if (taken) this.window += bytes;
    return taken;
  }
  override returnWindow(bytes: number): void {
    this.window -= bytes;
    super.returnWindow(bytes);
  }
}

class RecordingSocket implements LinkSocket {
  bufferedAmount = 0;
  readonly sent: (Buffer | string)[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  send(message: Buffer | string, written?: () => void): void {
    this.sent.push(message);
    written?.();
  }
  close(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }
}

/** A link with somebody behind it who behaves well, or not. */
export class Victim {
  readonly budget = new CountingBudget();
  readonly socket = new RecordingSocket();
  readonly link: Link;
  calls = 0;
  closed = 0;
  fault: unknown;

  constructor(role: 'relay' | 'bridge', answer: (exchange: Exchange) => Partial<ExchangeReceiver> = () => ({})) {
    const receiver = (exchange?: Exchange): ExchangeReceiver => ({
      head: () => void this.calls++,
      data: (chunk) => {
        this.calls++;
        exchange?.consumed(chunk.length);
      },
      end: () => void this.calls++,
      reset: () => void this.calls++,
    });
    this.link = new Link({
      session,
      budget: this.budget,
      ...(role === 'bridge' && {
        accept: (_request, exchange) => {
          this.calls++;
          return { ...receiver(exchange), ...answer(exchange) };
        },
      }),
      envelope: () => void this.calls++,
      closed: (_code, _reason, error) => {
        this.closed++;
        this.fault = error;
      },
    });
    this.link.attach(this.socket, 0);
    if (role === 'relay') {
      for (let opened = 0; opened < 3; opened++) {
        const proxy = receiver();
        const exchange = this.link.open(request, proxy);
        proxy.data = (chunk) => exchange.consumed(chunk.length);
      }
    }
  }

  /** What holds after any message. */
  check(): void {
    const { link, socket, budget } = this;
    if (!link.closed) {
      assert.equal(socket.closes.length, 0);
      assert.ok(link.exchangeCount <= LINK_LIMITS.exchanges);
      assert.ok(link.unackedBytes <= LINK_LIMITS.unackedBytes + LINK_LIMITS.maxMessageBytes);
      return;
    }
    assert.equal(this.fault, undefined);
    assert.equal(this.closed, 1);
    assert.equal(socket.closes.length, 1);
    assert.equal(socket.closes[0]?.code, 4400);
    assert.notEqual(socket.closes[0]?.reason, '');
    assert.deepEqual(
      { exchanges: link.exchangeCount, unacked: link.unackedBytes, kept: budget.kept, window: budget.window },
      { exchanges: 0, unacked: 0, kept: 0, window: 0 },
    );
  }
}
