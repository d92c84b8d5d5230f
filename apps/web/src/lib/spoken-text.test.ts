import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spokenText } from './spoken-text.ts';

test('reads words, and leaves out code, formulas and marks', () => {
  const message =
    '# Plan\n\nFirst, **look** at [the page](https://example.org). Then `run` it:\n\n```sh\nrm -rf x\n```\n\n' +
    '- one\n- [x] two\n\n$$\na = b\n$$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nIt costs \\(x\\) more.[^1]\n\n[^1]: Left out.';
  assert.deepEqual(
    spokenText(message).map((piece) => piece.trim()),
    ['Plan', 'First, look at the page.', 'Then run it:', 'one', 'two', 'a b', '1 2', 'It costs more.'],
  );
});

test('gives long sentences in pieces, between words where it can', () => {
  const pieces = spokenText(`${'word '.repeat(100)}${'x'.repeat(500)}`);
  assert.ok(pieces.length > 3);
  for (const piece of pieces) assert.ok(piece.length <= 201, String(piece.length));
  assert.equal(pieces.join('').replaceAll(/\s/g, ''), 'word'.repeat(100) + 'x'.repeat(500));
});
