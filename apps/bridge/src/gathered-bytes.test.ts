import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatheredBytes } from './gathered-bytes.ts';

const KB = 1024;

/** What all that is kept takes. */
function memoryOf(gathered: GatheredBytes): number {
  const buffers = new Set(gathered.blocks().map(({ buffer }) => buffer));
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

test('gives back what was pushed, in whatever pieces', () => {
  for (const size of [1, 7, 1000, 4095, 4096, 5000, 70_000]) {
    const bytes = Buffer.from(Array.from({ length: 150_000 }, (_, index) => index % 251));
    const gathered = new GatheredBytes();
    for (let at = 0; at < bytes.length; at += size) gathered.push(bytes.subarray(at, at + size));
    assert.equal(gathered.length, bytes.length);
    assert.ok(gathered.whole().equals(bytes), `in pieces of ${size}`);
    assert.ok(Buffer.concat(gathered.blocks()).equals(bytes));
  }
  const mixed = new GatheredBytes();
  for (const piece of ['a', 'b'.repeat(5000), 'c', 'd']) mixed.push(Buffer.from(piece));
  assert.equal(mixed.whole().toString(), `a${'b'.repeat(5000)}cd`);
  assert.equal(new GatheredBytes().whole().length, 0);
});

test('small pieces, and small parts of large messages, take little more than their bytes', () => {
  const message = Buffer.alloc(160 * KB);
  for (const size of [1, 100, 4 * KB, 30 * KB]) {
    const gathered = new GatheredBytes();
    for (let count = 0; gathered.length < 256 * KB; count++) gathered.push(message.subarray(0, size));
    assert.ok(memoryOf(gathered) < 2 * gathered.length, `${memoryOf(gathered)} for pieces of ${size}`);
    assert.ok(gathered.blocks().length < 100, `${gathered.blocks().length} buffers for pieces of ${size}`);
  }
});
