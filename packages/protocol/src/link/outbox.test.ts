import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from './codes.ts';
import { Outbox } from './outbox.ts';

describe('outbox', () => {
  it('keeps what is not acknowledged, in order, texts and bytes alike', () => {
    const outbox = new Outbox();
    for (const message of ['a', Buffer.from('bb'), 'ü']) outbox.push(message);
    assert.equal(outbox.bytes, 5);
    assert.equal(outbox.acknowledge(1), 1);
    assert.deepEqual(outbox.pending(), [Buffer.from('bb'), 'ü']);
    assert.equal(outbox.acknowledge(3), 4);
    assert.deepEqual(outbox.pending(), []);
    assert.equal(outbox.bytes, 0);
  });

  it('takes the same acknowledgement twice', () => {
    const outbox = new Outbox();
    assert.equal(outbox.acknowledge(0), 0);
    outbox.push('a');
    outbox.acknowledge(1);
    assert.equal(outbox.acknowledge(1), 0);
  });

  it('refuses to acknowledge what was not sent, or less than before', () => {
    const outbox = new Outbox();
    assert.throws(() => outbox.acknowledge(1), ProtocolError);
    outbox.push('a');
    outbox.push('b');
    assert.throws(() => outbox.acknowledge(3), /acknowledges message 3 of 2, 0 before/);
    outbox.acknowledge(2);
    assert.throws(() => outbox.acknowledge(1), /acknowledges message 1 of 2, 2 before/);
    assert.throws(() => outbox.acknowledge(2 ** 48 - 1), ProtocolError);
    assert.equal(outbox.bytes, 0);
  });

  it('keeps count over thousands of messages, however they are acknowledged', () => {
    const outbox = new Outbox();
    let acknowledged = 0;
    for (let sent = 1; sent <= 5000; sent++) {
      outbox.push(`${sent}`);
      if (sent % 7 !== 0 && sent % 1000 !== 999) continue;
      const count = sent - (sent % 300);
      if (count <= acknowledged) continue;
      outbox.acknowledge(count);
      acknowledged = count;
      assert.equal(outbox.pending().length, sent - count);
      assert.equal(outbox.pending()[0] ?? `${sent + 1}`, `${count + 1}`);
    }
    assert.equal(outbox.acknowledge(5000), outbox.pending().length === 0 ? (5000 - acknowledged) * 4 : 0);
    assert.equal(outbox.bytes, 0);
  });

  it('forgets everything when the session is over', () => {
    const outbox = new Outbox();
    outbox.push('abc');
    assert.equal(outbox.clear(), 3);
    assert.equal(outbox.clear(), 0);
    assert.deepEqual(outbox.pending(), []);
  });
});
