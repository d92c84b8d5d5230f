import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '@cloudtolocalllm/protocol';
import { Gone, HeldBytes, PendingExchange } from './pending-exchange.ts';
import { Refusal } from './refusal.ts';

function start(held = new HeldBytes()) {
  const log: string[] = [];
  let consumed = 0;
  const exchange: Exchange = {
    id: 1,
    head: (status) => void log.push(`head ${status}`),
    write: (chunk) => log.push(Buffer.from(chunk).toString()) > 0,
    end: () => void log.push('end'),
    reset: (code) => void log.push(`reset ${code}`),
    consumed: (bytes) => void (consumed += bytes),
  };
  return { pending: new PendingExchange(exchange, held), held, log, consumed: () => consumed };
}

test('gives what was held to whoever takes over, and credit for each byte once', async () => {
  const { pending, held, consumed } = start();
  const reading = pending.read((chunk) => chunk.includes('b'), 100);
  pending.data(Buffer.from('aa'));
  pending.data(Buffer.from('bb'));
  await reading;
  pending.data(Buffer.from('cc'));
  assert.deepEqual([consumed(), held.held, pending.body.toString()], [4, 6, 'aabbcc']);
  const got: string[] = [];
  const { exchange } = pending;
  pending.handOver({
    data(chunk) {
      got.push(chunk.toString());
      exchange.consumed(chunk.length);
    },
    end: () => void got.push('end'),
    reset: () => void got.push('reset'),
  });
  pending.data(Buffer.from('dd'));
  pending.end();
  pending.reset('cancelled', '');
  assert.deepEqual(got, ['aabbcc', 'dd', 'end', 'reset']);
  assert.deepEqual([consumed(), held.held], [8, 0]);
});

test('a body in frames of a byte takes no more memory than another one', async () => {
  const { pending } = start();
  const message = Buffer.alloc(160 * 1024, 'x');
  const reading = pending.read(() => false, message.length);
  for (let at = 0; at < message.length; at++) pending.data(message.subarray(at, at + 1));
  pending.end();
  await reading;
  const got: Buffer[] = [];
  pending.handOver({ data: (chunk) => void got.push(chunk), end() {}, reset() {} });
  assert.ok(Buffer.concat(got).equals(message));
  assert.ok(got.length < 20, `${got.length} buffers`);
});

test('reads no more than it may, and goes on without it', async () => {
  const { pending, held, log, consumed } = start();
  const reading = pending.read(() => false, 3);
  pending.data(Buffer.from('aaaa'));
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof Refusal && error.status === 413);
    pending.refuse(error, '/v1/chat/completions');
    return true;
  });
  pending.data(Buffer.from('bbbb'));
  pending.end();
  assert.deepEqual([log[0], log[2], held.held, consumed()], ['head 413', 'end', 0, 8]);
  assert.match(log[1] ?? '', /"code":"too_large"/);
});

test('what all together hold is bounded', async () => {
  const held = new HeldBytes(5);
  const [first, second, waiting] = [start(held), start(held), start(held)];
  const reading = first.pending.read(() => false, 100);
  first.pending.data(Buffer.from('aaaa'));
  const refused = second.pending.read(() => false, 100);
  second.pending.data(Buffer.from('bbbb'));
  await assert.rejects(refused, { code: 'rate_limited' });
  waiting.pending.data(Buffer.from('cccc'));
  assert.deepEqual(waiting.log, ['reset refused']);
  first.pending.reset('cancelled', '');
  await assert.rejects(reading, Gone);
  assert.equal(held.held, 0);
});

test('answers nobody who has gone away', () => {
  const { pending, log } = start();
  pending.reset('cancelled', '');
  pending.answer(200, [], 'late');
  assert.deepEqual([log, pending.signal.aborted], [[], true]);
});
