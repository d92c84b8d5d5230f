import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAnswer, sealAnswer } from './answer-seal.ts';

test('opens with the key and the user that it was sealed for alone', () => {
  const sealed = sealAnswer('{"secret":"c2l_über"}', 'key-1', 'ada');
  assert.equal(openAnswer(sealed, 'key-1', 'ada'), '{"secret":"c2l_über"}');
  assert.throws(() => openAnswer(sealed, 'key-2', 'ada'));
  assert.throws(() => openAnswer(sealed, 'key-1', 'bob'));
});

test('never looks the same twice, and does not open when it was changed', () => {
  const sealed = sealAnswer('answer', 'key', 'ada');
  assert.notEqual(sealed, sealAnswer('answer', 'key', 'ada'));
  const bytes = Buffer.from(sealed, 'base64url');
  bytes[bytes.length - 1] = bytes.at(-1)! ^ 1;
  assert.throws(() => openAnswer(bytes.toString('base64url'), 'key', 'ada'));
});
