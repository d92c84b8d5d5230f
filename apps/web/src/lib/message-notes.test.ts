import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitBlocks } from './blocks.ts';
import { messageNotes, notesFor } from './message-notes.ts';

test('hands the definition of a link to the blocks that name it, and to no other', () => {
  const notes = messageNotes(splitBlocks('See [the Docs][].\n\nNothing here.\n\n[the docs]: https://example.org "D"'));
  assert.equal(notesFor('See [the Docs][].', notes), '[the docs]: https://example.org "D"');
  assert.equal(notesFor('Nothing here.', notes), '');
  assert.equal(notesFor('[other]', notes), '');
});

test('numbers footnotes as the text comes to them, and leaves out those that nobody names', () => {
  const text = 'A[^b] and[^A].\n\nB[^b].\n\n[^a]: One\n\n    more\n[^b]: Two\n[^c]: Unnamed';
  const notes = messageNotes(splitBlocks(text));
  assert.deepEqual(
    [...notes.numbers],
    [
      ['b', 1],
      ['a', 2],
    ],
  );
  assert.deepEqual(notes.footnotes, [
    { label: 'b', text: 'Two' },
    { label: 'a', text: 'One\n\nmore' },
  ]);
  assert.equal(notesFor('B[^b].', notes), '[^b]: .');
});

test('takes no name of an object for a definition', () => {
  const notes = messageNotes(splitBlocks('[constructor] [^toString]\n\n[x]: https://example.org'));
  assert.equal(notesFor('[constructor] [^toString] [__proto__]', notes), '');
});
