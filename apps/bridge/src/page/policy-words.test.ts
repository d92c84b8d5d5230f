import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy } from '../policy.ts';
import { policyWords } from './policy-words.ts';

const MODELS = ['llama3.2:1b', 'private:7b'];

test('says in sentences what a policy allows', () => {
  assert.deepEqual(policyWords(defaultPolicy(), MODELS), ['Models may be used and listed, not pulled or deleted.']);
  const narrow = {
    ...defaultPolicy({ allowModelManagement: true }),
    narrowsModels: true,
    checkModel: (model: string) =>
      model.startsWith('llama') ? ({ allowed: true } as const) : ({ allowed: false, reason: 'not this one' } as const),
    maxConcurrent: 1,
  };
  assert.deepEqual(policyWords(narrow, MODELS), [
    'Models may be used, listed, pulled and deleted through the relay.',
    'Only some models may be used; of those that are here: llama3.2:1b.',
    'At most 1 request at the same time.',
  ]);
  assert.match(policyWords(narrow, [])[1] ?? '', /has none of them/);
});
