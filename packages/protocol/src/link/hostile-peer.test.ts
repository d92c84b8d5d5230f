import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LinkBudget } from './budget.ts';
import { encodeEnd, encodeHead, encodeOpen, encodeReset, FRAME } from './frames.ts';
import { encodeAck, encodeHello } from './handshake.ts';
import { LINK_LIMITS } from './limits.ts';
import { Link } from './link.ts';
import { framesMessage, rawFrame, request, session } from './testing/hostile-messages.ts';
import { Victim } from './testing/victim.ts';

function closedBecause(victim: Victim, reason: RegExp): void {
  victim.check();
  assert.match(victim.socket.closes[0]?.reason ?? 'still open', reason);
}

describe('hostile peers', () => {
  const steps: [name: string, role: 'relay' | 'bridge', message: Buffer, reason: RegExp][] = [
    ['OPEN sent to a relay', 'relay', framesMessage(encodeOpen(9, request)), /OPEN is for the relay/],
    [
      'HEAD sent to a bridge',
      'bridge',
      framesMessage(encodeOpen(1, request), encodeHead(1, 200, [])),
      /unexpected HEAD/,
    ],
    ['a second HEAD', 'relay', framesMessage(encodeHead(1, 200, []), encodeHead(1, 200, [])), /unexpected HEAD/],
    ['DATA before HEAD', 'relay', framesMessage(rawFrame(FRAME.data, 1, Buffer.alloc(1))), /DATA out of order/],
    ['END before HEAD', 'relay', framesMessage(encodeEnd(1)), /END out of order/],
    ['a second END', 'relay', framesMessage(encodeHead(1, 200, []), encodeEnd(1), encodeEnd(1)), /END out of order/],
    ['an exchange never opened', 'relay', framesMessage(encodeReset(4, 1, '')), /never opened/],
    ['an id used twice', 'bridge', framesMessage(encodeOpen(1, request), encodeOpen(1, request)), /used twice/],
    ['an id below the last', 'bridge', framesMessage(encodeOpen(5, request), encodeOpen(4, request)), /used twice/],
    ['an ACK of the future', 'relay', encodeAck(1), /acknowledges message 1 of 0/],
    ['HELLO in mid-session', 'relay', encodeHello({ version: 1, instance: session, received: 0 }), /message kind 1/],
    ['an empty message', 'bridge', Buffer.alloc(0), /message kind none/],
  ];
  for (const [name, role, message, reason] of steps) {
    it(`close on ${name}`, () => {
      const victim = new Victim(role);
      victim.link.receive(message);
      closedBecause(victim, reason);
    });
  }

  it('close on DATA beyond the window', () => {
    const victim = new Victim('bridge', () => ({ data() {} }));
    const full = rawFrame(FRAME.data, 1, Buffer.alloc(LINK_LIMITS.frameBytes));
    assert.equal(LINK_LIMITS.frameBytes, LINK_LIMITS.initialWindow);
    victim.link.receive(framesMessage(encodeOpen(1, request), full));
    assert.equal(victim.link.closed, false);
    victim.link.receive(framesMessage(rawFrame(FRAME.data, 1, Buffer.alloc(1))));
    closedBecause(victim, /DATA beyond the window on exchange 1/);
  });

  it('are answered with refused above the number of exchanges, and remembered no longer', async () => {
    const victim = new Victim('bridge');
    const { exchanges } = LINK_LIMITS;
    for (let id = 1; id <= exchanges + 2; id++) victim.link.receive(framesMessage(encodeOpen(id, request)));
    assert.equal(victim.link.exchangeCount, exchanges);
    await turn();
    const refused = encodeReset(exchanges + 1, 7, `more than ${exchanges} exchanges`);
    assert.ok(victim.socket.sent.some((message) => Buffer.isBuffer(message) && message.includes(refused)));
    victim.link.receive(framesMessage(encodeEnd(exchanges + 1)));
    victim.check();
  });

  it('can not fill the queue of control frames by opening and never reading', async () => {
    const victim = new Victim('bridge', (exchange) => {
      exchange.reset('policy_denied', 'not allowed');
      return {};
    });
    victim.socket.bufferedAmount = LINK_LIMITS.socketBufferBytes;
    let id = 0;
    while (!victim.link.closed && id < 100_000) victim.link.receive(framesMessage(encodeOpen(++id, request)));
    closedBecause(victim, /control frames wait/);
    assert.ok(id <= LINK_LIMITS.queuedControl + 2, `${id} opened`);
  });

  it('get nothing done with the frames behind the one that closed the link', () => {
    const opened: number[] = [];
    const link: Link = new Link({
      session,
      budget: new LinkBudget(),
      accept: (_request, exchange) => {
        opened.push(exchange.id);
        link.close(1000, 'stopped');
        return { data() {}, end() {}, reset() {} };
      },
    });
    link.receive(framesMessage(encodeOpen(1, request), encodeOpen(2, request)));
    assert.deepEqual(opened, [1]);
    assert.equal(link.exchangeCount, 0);
  });
});

describe('faults of our own', () => {
  const fault = new Error('a bug');
  const broken = (): never => {
    throw fault;
  };

  for (const [name, answer, frames] of [
    ['accept', broken, []],
    ['data', () => ({ data: broken }), [rawFrame(FRAME.data, 1, Buffer.alloc(1))]],
    ['data and reset', () => ({ data: broken, reset: broken }), [rawFrame(FRAME.data, 1, Buffer.alloc(1))]],
    ['end', () => ({ end: broken }), [encodeEnd(1)]],
    ['reset', () => ({ reset: broken }), [encodeReset(1, 1, '')]],
  ] as const) {
    it(`close the link and are reported, never thrown at the socket: ${name}`, () => {
      const victim = new Victim('bridge', answer);
      victim.link.receive(framesMessage(encodeOpen(1, request), ...frames));
      assert.equal(victim.fault, fault);
      assert.deepEqual(victim.socket.closes, [{ code: 4400, reason: 'internal error' }]);
      assert.equal(victim.link.exchangeCount, 0);
    });
  }

  it('of one receiver keep no other from being told', () => {
    const victim = new Victim('relay');
    const told: string[] = [];
    victim.link.open(request, { data() {}, end() {}, reset: broken });
    victim.link.open(request, { data() {}, end() {}, reset: (code) => told.push(code) });
    victim.link.close(1012, 'restarting');
    assert.deepEqual(told, ['link_lost']);
    assert.equal(victim.fault, fault);
    assert.equal(victim.socket.closes[0]?.code, 1012);
  });
});
