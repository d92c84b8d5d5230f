import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snippetMarks, snippetPieces } from './search-snippet.ts';

test('cuts a marked text into pieces', () => {
  const marks = { open: '<', close: '>' };
  assert.deepEqual(snippetPieces('What is <machine> learning', marks), [
    { text: 'What is ', match: false },
    { text: 'machine', match: true },
    { text: ' learning', match: false },
  ]);
  assert.deepEqual(snippetPieces('', marks), []);
  assert.deepEqual(snippetPieces('<all>', marks), [{ text: 'all', match: true }]);
});

test('leaves out the separators between characters', () => {
  assert.deepEqual(snippetPieces('<\u200B机\u200B>\u200B器', { open: '<', close: '>' }), [
    { text: '机', match: true },
    { text: '器', match: false },
  ]);
});

test('marks are of one search alone', () => {
  assert.notDeepEqual(snippetMarks(), snippetMarks());
});
