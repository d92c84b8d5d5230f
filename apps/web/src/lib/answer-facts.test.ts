import assert from 'node:assert/strict';
import { test } from 'node:test';
import { de } from '../texts/de.ts';
import { en } from '../texts/en.ts';
import { answerFacts } from './answer-facts.ts';
import { ANSWER } from './chat-fixture.ts';

test('tells how fast an answer was, where it came from and who was asked before', () => {
  const answer = {
    ...ANSWER,
    model: 'llama3.2',
    metadata: {
      bridgeName: 'Study',
      answerTokens: 50,
      answerMs: 2_000,
      firstTokenMs: 1_234,
      loadMs: 12_345,
      failedOver: [{ bridgeId: 'bridge-2', bridgeName: 'Attic', reason: 'It is offline.' }],
    },
  };
  const facts = answerFacts(answer, en);
  assert.deepEqual(facts.slice(0, -1), [
    { name: 'Model', value: 'llama3.2' },
    { name: 'Computer', value: 'Study' },
    { name: 'Asked before', value: 'Attic: It is offline.' },
    { name: 'Speed', value: '25.0 tokens/s' },
    { name: 'First word', value: '1.23 s' },
    { name: 'Answer', value: '50 tokens' },
    { name: 'Loading', value: '12 s' },
  ]);
  const german = answerFacts(answer, de).find(({ name }) => name === 'Tempo');
  assert.equal(german?.value, '25,0 Tokens/s');
});

test('says nothing that nobody has measured', () => {
  const names = answerFacts({ ...ANSWER, totalTokens: 7 }, en).map(({ name }) => name);
  assert.deepEqual(names, ['Tokens', 'Time']);
});
