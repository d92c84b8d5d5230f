import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BridgeStatus } from '@cloudtolocalllm/protocol';
import { mergeModels } from './merged-models.ts';

function bridge(name: string, status: BridgeStatus['status'], ...models: string[]): BridgeStatus {
  const client = { platform: 'linux', version: '1', ollamaStatus: 'connected' as const, models };
  return { bridgeId: `bridge-${name}`, name, status, lastSeen: null, priority: 0, client };
}

test('lists each model once, by name, with every computer it is on', () => {
  const merged = mergeModels([
    bridge('study', 'connected', 'qwen3:8b', 'llama3.2'),
    bridge('laptop', 'disconnected', 'llama3.2:latest', 'gemma3:4b', 'llama3.2'),
  ]);
  assert.deepEqual(
    merged.map(({ model, bridges }) => [model, bridges.map(({ name, status }) => `${name} ${status}`)]),
    [
      ['gemma3:4b', ['laptop disconnected']],
      ['llama3.2', ['study connected', 'laptop disconnected']],
      ['qwen3:8b', ['study connected']],
    ],
  );
});

test('says nothing of bridges without models', () => {
  assert.deepEqual(mergeModels([bridge('new', 'disconnected')]), []);
});
