import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAgainstArguments } from './against-arguments.ts';

test('reads the other checkout, what to measure and how often', () => {
  const asked = readAgainstArguments(['/tmp/before', '--only', 'ttft,idle', '--rounds', '5']);
  assert.equal(asked?.directory, '/tmp/before');
  assert.deepEqual([...asked.chosen], ['ttft', 'idle']);
  assert.deepEqual([asked.rounds, asked.freshRounds], [5, 3]);
});

test('without the log there is no other checkout', () => {
  const asked = readAgainstArguments(['--without', 'log', '--quick']);
  assert.ok(asked);
  assert.equal(asked.directory, undefined);
});

test('does not guess what was meant', () => {
  const wrong = [
    [],
    ['/a', '/b'],
    ['/a', '--without', 'log'],
    ['--without', 'limits'],
    ['/a', '--only', 'speed'],
    ['/a', '--rounds', '0'],
    ['/a', '--rounds', '1.5'],
  ];
  for (const words of wrong) assert.equal(readAgainstArguments(words), undefined, words.join(' '));
});
