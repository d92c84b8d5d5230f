import assert from 'node:assert/strict';
import { test } from 'node:test';
import { de } from '../texts/de.ts';
import { en } from '../texts/en.ts';
import { agoWords, clockWords } from './time-words.ts';

const AT = '2026-01-01T12:00:00.000Z';
const later = (seconds: number): number => Date.parse(AT) + seconds * 1000;

test('says how long ago something was in the person’s language', () => {
  assert.equal(agoWords(AT, later(10), en), 'just now');
  assert.equal(agoWords(AT, later(-5), en), 'just now', 'clocks may differ');
  assert.equal(agoWords(AT, later(3 * 3600), en), '3 hours ago');
  assert.equal(agoWords(AT, later(90), de), 'vor 1 Minute');
  assert.equal(agoWords(AT, later(24 * 3600), de), 'gestern');
});

test('tells the time of the day as the language writes it', () => {
  const noon = new Date(2026, 0, 1, 16, 5).getTime();
  assert.match(clockWords(noon, 'en'), /^4:05\sPM$/);
  assert.equal(clockWords(noon, 'de'), '16:05');
});
