import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentWords, secondsWords, sizeWords } from './size-words.ts';

/** Some languages put a space there that does not break. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test('sizes, shares and seconds read as the language writes them', () => {
  assert.equal(sizeWords(0, 'en'), '0 byte');
  assert.equal(sizeWords(1_321_098_329, 'en'), '1.3 GB');
  assert.equal(plain(sizeWords(1_321_098_329, 'de')), '1,3 GB');
  assert.equal(sizeWords(42_000_000, 'en'), '42 MB');
  assert.equal(percentWords(0.153, 'en'), '15%');
  assert.equal(plain(percentWords(1.2, 'de')), '120 %');
  assert.equal(secondsWords(1_240, 'en'), '1.2 sec');
});
