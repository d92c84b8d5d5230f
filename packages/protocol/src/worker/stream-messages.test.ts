import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { ProtocolError } from '../link/codes.ts';
import { LENGTH_BYTES, MAX_STREAM_MESSAGE_BYTES, StreamMessages, writeStreamMessage } from './stream-messages.ts';

function framed(...messages: Buffer[]): Buffer {
  const stream = new PassThrough({ highWaterMark: 2 ** 24 });
  for (const message of messages) writeStreamMessage(stream, message);
  // as: all that was written is there
  return stream.read() as Buffer;
}

function reader(): { messages: Buffer[]; push(chunk: Buffer): void } {
  const messages: Buffer[] = [];
  const stream = new StreamMessages({
    message: (bytes, start, end) => {
      assert.equal(bytes.readUInt32BE(start - LENGTH_BYTES), end - start);
      messages.push(Buffer.from(bytes.subarray(start, end)));
    },
  });
  return { messages, push: (chunk) => stream.push(chunk) };
}

describe('messages on a byte stream', () => {
  const messages = ['a', 'bcd', 'e'.repeat(300), 'fg'].map((text) => Buffer.from(text));
  const bytes = framed(...messages);

  it('are a length of four bytes, big-endian, and the message', () => {
    assert.equal(framed(Buffer.from('hi'), Buffer.from('!')).toString('hex'), '0000000268690000000121');
  });

  it('come out whole wherever the stream was cut in two', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const stream = reader();
      stream.push(bytes.subarray(0, cut));
      stream.push(bytes.subarray(cut));
      assert.deepEqual(stream.messages, messages, `cut at ${cut}`);
    }
  });

  it('come out whole in pieces of any size', () => {
    for (let size = 1; size < 20; size++) {
      const stream = reader();
      for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size));
      assert.deepEqual(stream.messages, messages, `pieces of ${size}`);
    }
  });

  it('are visited where they lie when a chunk holds them whole', () => {
    const seen: Buffer[] = [];
    new StreamMessages({ message: (chunk) => seen.push(chunk) }).push(bytes);
    assert.equal(seen.length, messages.length);
    for (const chunk of seen) assert.equal(chunk, bytes);
  });

  it('are put together in the buffer that is given for it', () => {
    const sizes: number[] = [];
    const stream = new StreamMessages({
      message: () => undefined,
      allocate: (size) => {
        sizes.push(size);
        return Buffer.alloc(size);
      },
    });
    stream.push(bytes.subarray(0, 20));
    stream.push(bytes.subarray(20));
    assert.deepEqual(sizes, [304]);
  });

  it('of the largest size pass; a longer length, or none, is refused before its bytes come', () => {
    const largest = Buffer.alloc(MAX_STREAM_MESSAGE_BYTES, 'x');
    const stream = reader();
    stream.push(framed(largest));
    assert.deepEqual(stream.messages, [largest]);
    for (const length of [0, MAX_STREAM_MESSAGE_BYTES + 1, 0xffffffff]) {
      const head = Buffer.alloc(LENGTH_BYTES);
      head.writeUInt32BE(length);
      assert.throws(() => reader().push(head), ProtocolError);
      const cut = reader();
      cut.push(head.subarray(0, 2));
      assert.throws(() => cut.push(head.subarray(2)), ProtocolError);
    }
  });

  it('are handed on without a copy when they are large, with their length in one go', () => {
    const written: Buffer[] = [];
    let corked = 0;
    const target = {
      write: (chunk: Buffer) => {
        assert.equal(corked, 1);
        return written.push(chunk) < 2;
      },
      cork: () => corked++,
      uncork: () => corked--,
    };
    const message = Buffer.alloc(60_000);
    assert.equal(writeStreamMessage(target, message), false);
    assert.equal(written[1], message);
    assert.equal(corked, 0);
  });
});
