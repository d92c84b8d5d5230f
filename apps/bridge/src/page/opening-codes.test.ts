import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE_LIFE_MS, OpeningCodes } from './opening-codes.ts';

test('a code works once, for a minute, and only the newest are kept', () => {
  let now = 0;
  const codes = new OpeningCodes(() => now);
  const first = codes.make();
  assert.equal(codes.use('x'), false);
  assert.equal(codes.use(first), true);
  assert.equal(codes.use(first), false);
  const late = codes.make();
  now = CODE_LIFE_MS;
  assert.equal(codes.use(late), false);
  const many = Array.from({ length: 20 }, () => codes.make());
  assert.equal(codes.use(many[0]!), false);
  assert.equal(codes.use(many.at(-1)!), true);
});
