import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sends } from './send-key.ts';

const pressed = (part: Partial<Parameters<typeof sends>[0]> = {}): Parameters<typeof sends>[0] => ({
  key: 'Enter',
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  ...part,
});

test('Enter sends unless the person chose another key; with Control or Command it always does', () => {
  assert.equal(sends(pressed(), 'enter'), true);
  assert.equal(sends(pressed(), 'mod-enter'), false);
  for (const key of ['enter', 'mod-enter'] as const) {
    assert.equal(sends(pressed({ ctrlKey: true }), key), true);
    assert.equal(sends(pressed({ metaKey: true }), key), true);
  }
});

test('Shift and Enter, and Enter of an input method, never send', () => {
  for (const key of ['enter', 'mod-enter'] as const) {
    assert.equal(sends(pressed({ shiftKey: true }), key), false);
    assert.equal(sends(pressed({ shiftKey: true, ctrlKey: true }), key), false);
    assert.equal(sends(pressed({ isComposing: true, ctrlKey: true }), key), false);
    assert.equal(sends(pressed({ key: 'a', ctrlKey: true }), key), false);
  }
});
