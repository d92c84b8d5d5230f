import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnswerCounts, checkAnswers, countAnswer, noAnswers } from './answer-counts.ts';

const LIMITED = { 'x-ratelimit-limit': '1000' };

function countsOf(...answers: [status: number, headers: Record<string, string>][]): AnswerCounts {
  const counts = noAnswers();
  for (const [status, headers] of answers) countAnswer(counts, status, headers);
  return counts;
}

test('counts answers, those that counted against a limit, and refusals', () => {
  assert.deepEqual(countsOf([200, {}], [200, LIMITED], [429, LIMITED], [503, {}]), {
    answers: 4,
    limited: 2,
    refused: 1,
  });
});

test('one refused request makes figures useless, also of a relay that is not expected to have limits', () => {
  for (const expectLimits of [true, false]) {
    assert.throws(() => checkAnswers(countsOf([200, LIMITED], [429, LIMITED]), { expectLimits }), /1 of 2 requests/);
  }
});

test('limits that do not count make figures useless where they are expected to', () => {
  const unlimited = countsOf([200, {}]);
  assert.throws(() => checkAnswers(unlimited, { expectLimits: true }), /none of 1 answers counted against a limit/);
  checkAnswers(unlimited, { expectLimits: false });
  checkAnswers(countsOf([200, {}], [200, LIMITED]), { expectLimits: true });
});

test('no answers at all say nothing', () => checkAnswers(noAnswers(), { expectLimits: true }));
