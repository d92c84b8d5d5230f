import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountSettings } from '@cloudtolocalllm/sdk';
import { en } from '../texts/en.ts';
import { createSettings } from './settings.ts';

const ACCOUNT: AccountSettings = {
  theme: 'dark',
  textSize: 'normal',
  language: 'de',
  defaultModel: null,
  systemPrompt: 'Be brief',
  options: {},
  sendKey: 'enter',
  notifications: { answers: false, computers: false },
  guideDone: false,
};

/** Settings whose changes the test answers one by one. */
function begin() {
  const kept = new Map<string, string>();
  const said: string[] = [];
  const waiting: { answer: (settings: AccountSettings) => void; refuse: (error: Error) => void }[] = [];
  const settings = createSettings({
    calls: {
      settings: async () => ACCOUNT,
      changeSettings: () => new Promise((answer, refuse) => waiting.push({ answer, refuse })),
    },
    storage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
    toasts: { show: ({ text }) => said.push(text) },
    texts: { get: () => en },
  });
  return { settings, kept, said, waiting };
}

test('a change holds at once, also while an earlier one is answered', async () => {
  const { settings, waiting } = begin();
  await settings.load();
  const first = settings.change({ theme: 'light' });
  const second = settings.change({ textSize: 'large' });
  waiting[0]?.answer({ ...ACCOUNT, theme: 'light' });
  await first;
  assert.equal(settings.get().textSize, 'large');
  waiting[1]?.answer({ ...ACCOUNT, theme: 'light', textSize: 'large' });
  await second;
  assert.deepEqual([settings.get().theme, settings.get().textSize], ['light', 'large']);
});

test('a change that the relay refuses is taken back, and only that one', async () => {
  const { settings, waiting, said } = begin();
  await settings.load();
  const first = settings.change({ theme: 'light' });
  const second = settings.change({ sendKey: 'mod-enter' });
  waiting[0]?.refuse(new Error('no'));
  assert.equal((await first)?.code, 'unexpected');
  assert.deepEqual([settings.get().theme, settings.get().sendKey], ['dark', 'mod-enter']);
  assert.deepEqual(said, ['Not saved: Something went wrong']);
  waiting[1]?.answer({ ...ACCOUNT, sendKey: 'mod-enter' });
  await second;
  assert.equal(settings.get().sendKey, 'mod-enter');
});

test('keeps in the browser how it looks, and never what was written for models', async () => {
  const { settings, kept } = begin();
  await settings.load();
  const stored = Array.from(kept.values()).join();
  assert.match(stored, /"theme":"dark"/);
  assert.doesNotMatch(stored, /Be brief/);
});
