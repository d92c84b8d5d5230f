import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GenerationOptions } from '@cloudtolocalllm/sdk';
import { optionsForm } from '../../lib/generation-options.ts';
import { thinkingOf, WRITTEN_OPTIONS, withOption, withThinking } from './model-options.ts';

test('an option that is written becomes what the relay takes', () => {
  assert.deepEqual(withOption({ seed: 1 }, 'temperature', ' 0,7 '), { seed: 1, temperature: 0.7 });
  assert.deepEqual(withOption({}, 'num_ctx', '8192'), { num_ctx: 8192 });
  assert.deepEqual(withOption({}, 'keep_alive', '5m'), { keep_alive: '5m' });
  assert.deepEqual(withOption({}, 'stop', '###\n\\n\\n\n'), { stop: ['###', '\n\n'] });
});

test('an empty field leaves the option to the model', () => {
  const all: GenerationOptions = { temperature: 1, top_p: 0.5, num_ctx: 10, seed: 3, keep_alive: -1, stop: ['x'] };
  const none = WRITTEN_OPTIONS.reduce((options, name) => withOption(options, name, '') ?? options, all);
  assert.deepEqual(none, {});
});

test('what the relay would refuse is no option', () => {
  const wrong = {
    temperature: '11',
    top_p: '2',
    num_ctx: '1.5',
    seed: 'x',
    keep_alive: 'long',
    stop: 'a\n'.repeat(17),
  };
  for (const name of WRITTEN_OPTIONS) assert.equal(withOption({}, name, wrong[name]), undefined, name);
});

test('an option reads back as it was written', () => {
  const options = { temperature: 0.7, stop: ['a', '\n\n'], keep_alive: '5m' };
  for (const name of WRITTEN_OPTIONS) assert.deepEqual(withOption(options, name, optionsForm(options)[name]), options);
  for (const thinking of ['default', 'true', 'false', 'low', 'medium', 'high'] as const)
    assert.equal(thinkingOf(withThinking({ think: true }, thinking)), thinking);
});
