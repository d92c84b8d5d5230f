import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadExtremes, loadSeries } from './load-series.ts';

const at = (minute: number): string => new Date(minute * 60_000).toISOString();

test('the line breaks where the computer was away', () => {
  const samples = [
    { at: at(1), load: 0.1 },
    { at: at(2), load: 0.2 },
    { at: at(10), load: 0.3 },
  ];
  assert.deepEqual(loadSeries(samples), [
    [60, 120, 360, 600],
    [0.1, 0.2, null, 0.3],
  ]);
  assert.deepEqual(loadSeries([]), [[], []]);
});

test('tells the newest and the highest load', () => {
  const [first, second] = [
    { at: at(1), load: 0.9 },
    { at: at(2), load: 0.2 },
  ] as const;
  assert.deepEqual(loadExtremes([first, second]), { newest: second, highest: first });
  assert.equal(loadExtremes([]), undefined);
});
