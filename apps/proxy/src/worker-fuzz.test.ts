import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTROL_MESSAGE, encodeOpen, ProtocolError } from '@cloudtolocalllm/protocol/worker';
import { anyMessage, framesMessage, request } from '@cloudtolocalllm/protocol/testing/hostile-messages.ts';
import { cases } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { filterFrames } from './frame-filter.ts';
import { startTestWorker } from './test-worker.ts';

const FILTER_CASES = 10_000;
const WORKER_CASES = 60;
const MESSAGES = 40;

describe('fuzzed frame filter', () => {
  it('keeps what passes byte for byte, drops the rest, and throws nothing but ProtocolError', async () => {
    await cases(FILTER_CASES, (random) => {
      const message = anyMessage(random, () => 1 + random.below(9));
      if (typeof message === 'string' || message.length === 0) return;
      // At some place in a larger buffer, as in a chunk of a stream.
      const before = random.below(30);
      const bytes = Buffer.concat([random.bytes(before), message, random.bytes(random.below(30))]);
      const kept: Buffer[] = [];
      const seen: Buffer[] = [];
      try {
        const remainder = filterFrames(bytes, before, before + message.length, (_type, _id, all, start, end) => {
          const frame = Buffer.from(all.subarray(start - 8, end));
          seen.push(frame);
          const passes = random.chance(0.7);
          if (passes) kept.push(frame);
          return passes;
        });
        assert.deepEqual(Buffer.concat([message.subarray(0, 1), ...seen]), message);
        if (remainder === 'all') assert.equal(kept.length, seen.length);
        else if (remainder === 'nothing') assert.equal(kept.length, 0);
        else {
          assert.equal(remainder.readUInt32BE(), remainder.length - 4);
          assert.deepEqual(remainder.subarray(4), Buffer.concat([message.subarray(0, 1), ...kept]));
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    });
  });
});

describe('fuzzed worker', () => {
  for (const side of ['client', 'bridge'] as const) {
    it(`ends with its stream or with ProtocolError, whatever comes on its ${side} side`, async (t) => {
      let ended = 0;
      await cases(WORKER_CASES, async (random) => {
        const worker = await startTestWorker(
          t,
          random.pick([{}, { maxTokens: 5 }, { paths: ['/api/*'], maxRequests: 3 }]),
        );
        let lastId = 0;
        if (side === 'bridge') {
          // Exchanges for it to answer, wrongly or not.
          worker.client.send(framesMessage(...[1, 2, 3, 4].map((id) => encodeOpen(id, request))));
          await worker.until(() => worker.bridge.messages.length > 0);
        }
        for (let count = 0; count < MESSAGES; count++) {
          const message = anyMessage(random, () => ++lastId);
          if (typeof message !== 'string' && message.length > 0 && message[0] !== CONTROL_MESSAGE) {
            worker[side].send(message);
          }
        }
        worker[side].socket.end();
        await worker.until(() => worker.ends.length > 0);
        const [end] = worker.ends;
        if (end !== undefined) {
          ended++;
          assert.ok(end instanceof ProtocolError, end.message);
        }
      });
      assert.ok(ended > 0);
    });
  }
});
