import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { KeptBody } from './kept-body.ts';

const MEGABYTE = 1024 * 1024;

test('lets a body through and has it again, also when nobody read it to its end', async () => {
  const read = new KeptBody(10 * MEGABYTE);
  read.write('one ');
  read.end('two');
  assert.equal((await buffer(read)).toString(), 'one two');
  assert.equal((await read.whole())?.toString(), 'one two');

  const unread = new KeptBody(10 * MEGABYTE);
  unread.pipe(new PassThrough({ highWaterMark: 1 }));
  const whole = unread.whole();
  for (let count = 0; count < 100; count++) unread.write(Buffer.alloc(1000, 'x'));
  unread.end();
  assert.equal((await whole)?.length, 100_000);
});

test('keeps no more than a megabyte, nothing that broke off, and nothing after it was let go', async () => {
  const large = new KeptBody(10 * MEGABYTE);
  const waiting = large.whole();
  large.write(Buffer.alloc(MEGABYTE));
  large.write('and one more');
  assert.equal(await waiting, undefined);

  const broken = new KeptBody(MEGABYTE);
  const ended = broken.whole();
  broken.write('half');
  broken.destroy();
  assert.equal(await ended, undefined);

  const gone = new KeptBody(MEGABYTE);
  gone.letGo();
  gone.end('all');
  assert.equal(await gone.whole(), undefined);
});

test('ends what is longer than may pass', async () => {
  const body = new KeptBody(3);
  body.write('four');
  const [error] = (await once(body, 'error')) as [Error];
  assert.match(error.message, /longer than 3 bytes/);
});
