import assert from 'node:assert/strict';
import { test } from 'node:test';
import { titleFrom, titleFromAnswer } from './title.ts';

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

test("takes a model's title out of what it says around it", () => {
  for (const [said, title] of [
    ['Brewing Coffee at Home', 'Brewing Coffee at Home'],
    ['"Brewing Coffee at Home."', 'Brewing Coffee at Home'],
    ['**Title: Brewing Coffee at Home**\n\nI hope that helps!', 'Brewing Coffee at Home'],
    ['# Brewing `Coffee`', 'Brewing Coffee'],
    ['- “Kaffee kochen”', 'Kaffee kochen'],
    ['<think>\nThe user wants a title.\n</think>\n\nBrewing Coffee', 'Brewing Coffee'],
    ['[Coffee](https://example.com) and\u0007 tea', 'Coffee and tea'],
    ['snake_case names', 'snake_case names'],
    ['one two three four five six, seven', 'one two three four five six'],
    ['家でコーヒーを淹れる', '家でコーヒーを淹れる'],
  ] as const) {
    assert.equal(titleFromAnswer(said), title);
  }
});

test('finds no title where there is none', () => {
  for (const said of [
    '',
    '\n \n',
    '...',
    '<think>I wonder what',
    'Sure! Here is a title that fits the conversation which you have just shown me in full today',
  ]) {
    assert.equal(titleFromAnswer(said), undefined, said);
  }
});
