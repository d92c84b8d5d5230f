import assert from 'node:assert/strict';
import { test } from 'node:test';
import { psEntry, tagsEntry } from './model-entries.ts';

test('a model has a digest of its own, the same each time, which the command ollama cuts without looking', () => {
  const entries = ['a', 'b'].flatMap((id) => {
    const model = { id, entry: {} };
    return [tagsEntry(model), psEntry(model) ?? assert.fail('it is in memory')];
  });
  const digests = entries.map(({ digest }) => String(digest));
  for (const digest of digests) assert.match(digest, /^[0-9a-f]{64}$/);
  assert.deepEqual([digests[0], digests[2]], [digests[1], digests[3]]);
  assert.notEqual(digests[0], digests[2]);
});
