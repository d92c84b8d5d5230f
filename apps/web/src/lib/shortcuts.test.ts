import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, shownKeys } from './shortcuts.ts';

const NONE = { metaKey: false, ctrlKey: false, shiftKey: false, altKey: false };

test('knows the command of a combination, with Command as with Control', () => {
  assert.equal(commandOf({ ...NONE, key: 'k', ctrlKey: true }, true), 'palette');
  assert.equal(commandOf({ ...NONE, key: 'k', metaKey: true }, true), 'palette');
  assert.equal(commandOf({ ...NONE, key: 'O', ctrlKey: true, shiftKey: true }, true), 'newChat');
  assert.equal(commandOf({ ...NONE, key: 'Escape', shiftKey: true }, true), 'focusComposer');
});

test('leaves other combinations to the browser', () => {
  assert.equal(commandOf({ ...NONE, key: 'o', ctrlKey: true }, false), undefined);
  assert.equal(commandOf({ ...NONE, key: 'k' }, false), undefined);
  assert.equal(commandOf({ ...NONE, key: 'k', ctrlKey: true, altKey: true }, false), undefined);
  assert.equal(commandOf({ ...NONE, key: 'Escape' }, false), undefined);
});

test('a question mark that is typed into a field is a question mark', () => {
  assert.equal(commandOf({ ...NONE, key: '?', shiftKey: true }, false), 'help');
  assert.equal(commandOf({ ...NONE, key: '?', shiftKey: true }, true), undefined);
});

test('names the keys as they stand on the keyboard', () => {
  assert.deepEqual(shownKeys('newChat', 'MacIntel'), ['⌘', '⇧', 'O']);
  assert.deepEqual(shownKeys('newChat', 'Linux x86_64'), ['Ctrl', 'Shift', 'O']);
});
