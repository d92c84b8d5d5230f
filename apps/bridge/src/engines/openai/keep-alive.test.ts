import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnload, keepAliveSeconds } from './keep-alive.ts';

test('reads durations as Ollama does', () => {
  const cases: [value: unknown, seconds: number | undefined, unload: boolean][] = [
    ['5m', 300, false],
    ['1h30m', 5400, false],
    ['90', 90, false],
    [90, 90, false],
    ['500ms', 1, false],
    [0, undefined, true],
    ['0', undefined, true],
    ['0s', undefined, true],
    [-1, undefined, false],
    ['-1m', undefined, false],
    ['soon', undefined, false],
    [undefined, undefined, false],
    [Infinity, undefined, false],
    [{}, undefined, false],
  ];
  for (const [value, seconds, unload] of cases) {
    assert.equal(keepAliveSeconds(value), seconds, String(value));
    assert.equal(isUnload(value), unload, String(value));
  }
});
