import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ProtocolError } from './codes.ts';
import type { Exchange, ExchangeReceiver } from './exchange.ts';
import { decodeFrames, MESSAGE, type FrameVisitor } from './frames.ts';
import { decodeAck, decodeHello, decodeWelcome } from './handshake.ts';
import { LINK_LIMITS } from './limits.ts';
import { anyMessage, properMessage } from './testing/hostile-messages.ts';
import { cases, type Random } from './testing/seeded-random.ts';
import { Victim } from './testing/victim.ts';

const DECODER_CASES = 10_000;
const LINK_CASES = 10_000;

/** What an application does with an exchange it accepted. */
function anyAnswer(random: Random): (exchange: Exchange) => Partial<ExchangeReceiver> {
  return random.pick<(exchange: Exchange) => Partial<ExchangeReceiver>>([
    () => ({}),
    (exchange) => {
      exchange.reset('policy_denied', 'not allowed');
      return {};
    },
    (exchange) => {
      exchange.head(200, []);
      exchange.write(Buffer.alloc(random.below(100_000)));
      exchange.end();
      return {};
    },
    (exchange) => {
      exchange.head(200, []);
      return { data: (chunk) => void exchange.write(Buffer.from(chunk)), end: () => exchange.end() };
    },
  ]);
}

describe('fuzzed decoder', () => {
  it('visits or throws ProtocolError, and hands on nothing above a limit', async () => {
    const visitor: FrameVisitor = {
      onOpen(_id, { method, path, headers }) {
        assert.ok(method.length <= LINK_LIMITS.methodBytes && path.length <= LINK_LIMITS.pathBytes);
        assert.ok(headers.length <= LINK_LIMITS.headers * 2);
      },
      onHead: (_id, status, headers) => assert.ok(status >= 200 && status <= 599 && headers.length % 2 === 0),
      onData: (_id, data) => assert.ok(data.length > 0 && data.length <= LINK_LIMITS.frameBytes),
      onEnd: (id) => assert.ok(id > 0),
      onReset: (_id, _code, reason) => assert.ok(reason.length <= LINK_LIMITS.reasonBytes),
      onWindow: (_id, limit) => assert.ok(limit < 2 ** 48),
    };
    await cases(DECODER_CASES, (random) => {
      const message = anyMessage(random, () => 5);
      if (typeof message === 'string') return;
      const frames = Buffer.from(message);
      frames[0] = MESSAGE.frames;
      for (const decode of [
        () => decodeFrames(frames, visitor),
        () => decodeHello(message),
        () => decodeWelcome(message),
        () => decodeAck(message),
      ]) {
        try {
          decode();
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }
    });
  });
});

describe('fuzzed link', () => {
  for (const role of ['relay', 'bridge'] as const) {
    it(`closes with 4400 or goes on unharmed, as ${role}`, async () => {
      let survived = 0;
      await cases(LINK_CASES / 2, async (random) => {
        const victim = new Victim(role, anyAnswer(random));
        let id = 0;
        const freshId = (): number => ++id;
        const rudeness = random.pick([0, 0.1, 1]);
        for (let left = 1 + random.below(12); left > 0 && !victim.link.closed; left--) {
          const message = random.chance(rudeness) ? anyMessage(random, freshId) : properMessage(random, role, freshId);
          victim.link.receive(message);
          if (random.chance(0.3)) await turn();
          victim.check();
        }
        if (!victim.link.closed) survived++;
        victim.link.receive(Buffer.of(0xff));
        victim.check();
        assert.ok(victim.link.closed);
        const { calls } = victim;
        for (let left = 5; left > 0; left--) victim.link.receive(anyMessage(random, freshId));
        if (random.chance(0.1)) await turn();
        victim.check();
        assert.equal(victim.calls, calls, 'a closed link ignores what comes');
      });
      assert.ok(survived > LINK_CASES / 10, `only ${survived} cases went deep`);
    });
  }
});
