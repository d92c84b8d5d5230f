import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { de } from '../texts/de.ts';
import { en } from '../texts/en.ts';
import { engineName, platformName, stateLine } from './computer-words.ts';

const ONLINE: BridgeStatus = {
  bridgeId: 'bridge-1',
  name: 'study',
  status: 'connected',
  lastSeen: '2026-01-01T10:00:00.000Z',
  priority: 0,
  client: {
    platform: 'darwin',
    version: '1',
    ollamaStatus: 'connected',
    models: ['a'],
    engine: { kind: 'ollama', version: '0.9' },
  },
};
const NOW = Date.parse('2026-01-01T12:00:00.000Z');

test('says in one line how a computer is', () => {
  assert.equal(stateLine(ONLINE, NOW, en), 'Online, Ollama 0.9, 1 model');
  const engineDown: BridgeStatus = { ...ONLINE, client: { ...ONLINE.client, ollamaStatus: 'disconnected' } };
  assert.equal(stateLine(engineDown, NOW, en), 'Online, but Ollama isn’t answering');
  assert.equal(stateLine({ ...ONLINE, status: 'disconnected' }, NOW, de), 'Offline, zuletzt gesehen vor 2 Stunden');
  assert.equal(stateLine({ ...ONLINE, status: 'disconnected', lastSeen: null }, NOW, en), 'Offline, never connected');
});

test('names systems and engines as people do', () => {
  assert.equal(platformName(ONLINE), 'macOS');
  const other = (engine: BridgeStatus['client']['engine']) => ({ ...ONLINE, client: { ...ONLINE.client, engine } });
  assert.equal(engineName(other({ kind: 'vllm', version: '1' }), en), 'vllm');
  assert.equal(engineName(other({ kind: 'ollama', version: '1', demo: true }), de), 'Demo-Engine');
  assert.equal(engineName(other(undefined), en), 'Ollama');
});
