import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GenerationOptions } from '@cloudtolocalllm/sdk';
import { optionsForm, readOptions } from './generation-options.ts';

test('what a form shows is what it gives back', () => {
  const all: GenerationOptions = {
    temperature: 0,
    top_p: 0.9,
    num_ctx: 8192,
    seed: -1,
    keep_alive: '5m',
    stop: ['\n\n', 'END'],
    think: false,
  };
  assert.deepEqual(readOptions(optionsForm(all)), all);
  assert.deepEqual(readOptions(optionsForm({ think: 'high' })), { think: 'high' });
});

test('an empty form chooses nothing', () => {
  assert.deepEqual(readOptions(optionsForm({})), {});
  assert.deepEqual(readOptions({ ...optionsForm({}), stop: '\n\n', keep_alive: ' ', seed: ' ' }), {});
});

test('each line of a stop text is a text of its own, with \\n for a line break', () => {
  const form = optionsForm({ stop: ['a\nb', 'c'] });
  assert.equal(form.stop, 'a\\nb\nc');
  assert.deepEqual(readOptions(form), { stop: ['a\nb', 'c'] });
});
