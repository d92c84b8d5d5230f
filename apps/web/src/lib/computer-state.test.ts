import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { byReadiness, isAsleep, modelsOf } from './computer-state.ts';

const computer = (name: string, status: BridgeStatus['status'], models: string[], priority = 0): BridgeStatus => ({
  bridgeId: `bridge-${name}`,
  name,
  status,
  priority,
  lastSeen: null,
  client: { platform: 'linux', version: '1', ollamaStatus: 'connected', models },
});

test('puts computers that can answer first, then keeps the person’s order', () => {
  const list = [
    computer('away', 'disconnected', [], 0),
    computer('second', 'connected', [], 2),
    computer('first', 'connected', [], 1),
  ];
  assert.deepEqual(
    list.toSorted(byReadiness).map(({ name }) => name),
    ['first', 'second', 'away'],
  );
});

test('says of each model on which computers it is', () => {
  assert.deepEqual(modelsOf([computer('study', 'connected', ['a', 'b']), computer('attic', 'disconnected', ['b'])]), [
    { name: 'a', places: [{ bridgeId: 'bridge-study', name: 'study', isReady: true }] },
    {
      name: 'b',
      places: [
        { bridgeId: 'bridge-study', name: 'study', isReady: true },
        { bridgeId: 'bridge-attic', name: 'attic', isReady: false },
      ],
    },
  ]);
});

test('a model is asleep while every computer that has it is away', () => {
  const study = computer('study', 'connected', ['a']);
  const attic = computer('attic', 'disconnected', ['a', 'b']);
  assert.equal(isAsleep([study, attic], 'a'), false);
  assert.equal(isAsleep([study, attic], 'b'), true);
  assert.equal(isAsleep([attic], undefined), true);
  assert.equal(isAsleep([study, attic], 'unheard of'), false);
  assert.equal(isAsleep([], 'a'), false);
});
