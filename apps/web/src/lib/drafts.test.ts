import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDrafts, draftWith } from './drafts.ts';

/** One browser; each tab hears of what the others store. */
function browser() {
  const kept = new Map<string, string>();
  const listeners: ((event: StorageEvent) => void)[] = [];
  const localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage; // as: the three that are used
  const addEventListener = ((_: string, listener: (event: StorageEvent) => void) =>
    listeners.push(listener)) as Window['addEventListener']; // as: only storage events are listened to
  return {
    kept,
    tab: () => createDrafts({ localStorage, addEventListener }),
    tell: (key: string | null) => listeners.forEach((listener) => listener({ key } as StorageEvent)), // as: all that is read
  };
}

test('drafts are there again after the tab was closed', () => {
  const { tab } = browser();
  tab().write('conv-1', 'Half a question');
  assert.deepEqual(tab().get(), { 'conv-1': 'Half a question' });
});

test('two tabs that write in two threads lose neither', () => {
  const { tab, tell } = browser();
  const [one, other] = [tab(), tab()];
  one.write('conv-1', 'One');
  other.write('conv-2', 'Other');
  assert.deepEqual(tab().get(), { 'conv-1': 'One', 'conv-2': 'Other' });
  tell('cloudtolocalllm.drafts');
  assert.deepEqual(one.get(), other.get());
  other.write('conv-1', '');
  assert.deepEqual(tab().get(), { 'conv-2': 'Other' });
});

test('the oldest drafts go when there are too many or they are too long', () => {
  const { tab } = browser();
  const drafts = tab();
  for (let number = 0; number < 60; number += 1) drafts.write(`conv-${number}`, 'x');
  assert.equal(Object.keys(tab().get()).length, 50);
  assert.equal(tab().get()['conv-9'], undefined);
  drafts.write('conv-long', 'x'.repeat(600_000));
  assert.deepEqual(Object.keys(tab().get()), ['conv-long']);
});

test('nothing is left when they are cleared', () => {
  const { tab, kept } = browser();
  const drafts = tab();
  drafts.write('new', 'Secret');
  drafts.clear();
  assert.equal(kept.size, 0);
  assert.deepEqual(drafts.get(), {});
});

test('a draft moves to the thread that the new one became', () => {
  const { tab } = browser();
  const drafts = tab();
  drafts.write('new', 'And the next');
  drafts.move('new', 'conv-1');
  assert.deepEqual(tab().get(), { 'conv-1': 'And the next' });
});

test('what could not be sent is a draft again, before what was written meanwhile, until it is sent', () => {
  const { tab } = browser();
  const drafts = tab();
  drafts.putBack('new', 'Refused');
  assert.deepEqual(tab().get(), { new: 'Refused' });
  drafts.takeBack('new', 'Refused');
  assert.deepEqual(tab().get(), {});
  drafts.write('new', 'And the next');
  drafts.putBack('new', 'Refused');
  assert.deepEqual(tab().get(), { new: 'Refused\n\nAnd the next' });
  drafts.takeBack('new', 'Refused');
  assert.deepEqual(tab().get(), { new: 'And the next' });
});

test('a text to begin with takes the place of another, and of nothing a person wrote', () => {
  const starters = [{ text: 'One' }, { text: 'Two' }];
  assert.equal(draftWith('', 'One', starters), 'One');
  assert.equal(draftWith('One', 'Two', starters), 'Two');
  assert.equal(draftWith('Half a thought', 'Two', starters), 'Half a thought\n\nTwo');
});
