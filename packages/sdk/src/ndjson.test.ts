import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeNdjson, NdjsonError } from './ndjson.ts';
import { collect } from './test-server.ts';

async function decode(chunks: Uint8Array[], maxLineCharacters?: number): Promise<unknown[]> {
  return collect(
    decodeNdjson(
      (async function* () {
        yield* chunks;
      })(),
      maxLineCharacters,
    ),
  );
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const code =
  (expected: string) =>
  (error: unknown): boolean =>
    error instanceof NdjsonError && error.code === expected;

describe('decodeNdjson', () => {
  it('gives the same lines wherever the bytes are cut, also inside a character', async () => {
    const whole = bytes('{"content":"Grüße, 世界 🏡"}\n{"content":"zwei"}\r\n');
    const expected = [{ content: 'Grüße, 世界 🏡' }, { content: 'zwei' }];
    for (let cut = 0; cut <= whole.length; cut += 1) {
      assert.deepEqual(await decode([whole.subarray(0, cut), whole.subarray(cut)]), expected);
    }
    assert.deepEqual(await decode(Array.from(whole, (byte) => Uint8Array.of(byte))), expected);
  });

  it('skips blank lines and the spaces that keep a connection alive', async () => {
    assert.deepEqual(
      await decode([bytes(' '), bytes(' '), bytes(' {"a":1}\n'), bytes('\n\n \n'), bytes('{"b":2}\n ')]),
      [{ a: 1 }, { b: 2 }],
    );
  });

  it('keeps the spaces inside a line that is cut there', async () => {
    assert.deepEqual(await decode([bytes('{"a":"x'), bytes('  '), bytes('y"}\n')]), [{ a: 'x  y' }]);
  });

  it('takes a last line without its end', async () => {
    assert.deepEqual(await decode([bytes('{"a":1}\n{"b":2}')]), [{ a: 1 }, { b: 2 }]);
  });

  it('says when the stream was cut inside a line', async () => {
    await assert.rejects(decode([bytes('{"a":1}\n{"b":')]), code('truncated'));
  });

  it('says when a line is not JSON', async () => {
    await assert.rejects(decode([bytes('<html>\n')]), code('malformed_line'));
  });

  it('refuses a line beyond the limit before it has all of it', async () => {
    await assert.rejects(decode([bytes('"aaaa'), bytes('aaaa'), bytes('never read')], 8), code('line_too_long'));
    assert.deepEqual(await decode([bytes('"aaaaaa"\n"bbbbbb"\n')], 8), ['aaaaaa', 'bbbbbb']);
  });

  it('does not count keep-alive spaces as a line', async () => {
    const spaces = Array.from({ length: 100 }, () => bytes(' '));
    assert.deepEqual(await decode([...spaces, bytes('"a"\n')], 8), ['a']);
  });
});
