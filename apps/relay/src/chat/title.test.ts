import assert from 'node:assert/strict';
import { test } from 'node:test';
import { titleFrom } from './title.ts';

test('takes a short message as it is, on one line', () => {
  assert.equal(titleFrom('  What is\n\tmachine   learning? '), 'What is machine learning?');
  assert.equal(titleFrom('x'.repeat(60)), 'x'.repeat(60));
});

test('cuts a long message at a word, at 60 characters at the most', () => {
  assert.equal(
    titleFrom('Explain the difference between a process and a thread in simple words please'),
    'Explain the difference between a process and a thread in',
  );
  assert.equal(titleFrom(`${'a'.repeat(60)} b`), 'a'.repeat(60));
});

test('cuts a text without spaces between characters', () => {
  assert.equal(titleFrom('🦙'.repeat(100)), '🦙'.repeat(60));
  assert.equal(titleFrom('y'.repeat(100_000)), 'y'.repeat(60));
});
