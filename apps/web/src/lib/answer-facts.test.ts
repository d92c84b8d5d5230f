import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerFacts } from './answer-facts.ts';
import { ANSWER } from './chat-fixture.ts';

test('tells how fast an answer was, where it came from and who was asked before', () => {
  const facts = answerFacts({
    ...ANSWER,
    model: 'llama3.2',
    metadata: {
      bridgeName: 'Study',
      answerTokens: 50,
      answerMs: 2_000,
      loadMs: 12_345,
      failedOver: [{ bridgeId: 'bridge-2', bridgeName: 'Attic', reason: 'It is offline.' }],
    },
  });
  assert.deepEqual(facts.slice(0, -1), [
    { name: 'Model', value: 'llama3.2' },
    { name: 'Computer', value: 'Study' },
    { name: 'Asked before', value: 'Attic: It is offline.' },
    { name: 'Speed', value: '25.0 tokens/s' },
    { name: 'Answer', value: '50 tokens' },
    { name: 'Loading', value: '12 s' },
  ]);
});

test('says nothing that nobody has measured', () => {
  const names = answerFacts({ ...ANSWER, totalTokens: 7 }).map(({ name }) => name);
  assert.deepEqual(names, ['Tokens', 'Time']);
});
