import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImportFileError, jsonEntries } from './json-entries.ts';

/** Cut everywhere: into pieces of this many bytes, in one memory that is used again. */
function* cut(text: string, bytes: number): Generator<Buffer> {
  const all = Buffer.from(text);
  const chunk = Buffer.alloc(bytes);
  for (let from = 0; from < all.length; from += bytes) {
    const length = all.copy(chunk, 0, from, from + bytes);
    yield chunk.subarray(0, length);
  }
}

function entries(text: string, bytes = 1024): (string | undefined)[] {
  return [...jsonEntries(cut(text, bytes))].map(({ json }) => json?.toString().trim());
}

const OWN = '{"format":"cloudtolocalllm","version":1,"conversations":';

test('cuts a list into its elements wherever the chunks end', () => {
  const elements = ['{"a":"x]\\",[{"}', '[1,[2]]', '"é,🙂"', '7', 'null', '{}'];
  const file = `\uFEFF [ ${elements.join(' ,\n')} ] `;
  for (const bytes of [1, 2, 3, 7, 1000]) assert.deepEqual(entries(file, bytes), elements);
  assert.deepEqual(entries('[]'), []);
  assert.deepEqual(entries(' [ \n ] '), []);
});

test('finds the conversations in a file of our own', () => {
  for (const bytes of [1, 5, 1000]) {
    assert.deepEqual(
      [...jsonEntries(cut(`${OWN} [{"id":1},{"id":2}]}`, bytes))].map(({ isOwn }) => isOwn),
      [true, true],
    );
    assert.deepEqual(entries(`${OWN}[{"id":1},{"id":2}]}`, bytes), ['{"id":1}', '{"id":2}']);
  }
});

test('what is too deep or too large is left out, and the others are there', () => {
  const deep = '['.repeat(101) + ']'.repeat(101);
  assert.deepEqual(entries(`[1,${deep},2]`), ['1', undefined, '2']);
  const large = Buffer.alloc(1024 * 1024, 0x20);
  const file = [Buffer.from('[1,"'), ...Array.from({ length: 101 }, () => large), Buffer.from('",2]')];
  assert.deepEqual(
    [...jsonEntries(file)].map(({ json }) => json?.toString()),
    ['1', undefined, '2'],
  );
});

for (const [name, text, problem] of [
  ['nothing', '', /no export/],
  ['no JSON', 'hello', /no export/],
  ['another object', '{"a":[1]}', /no export/],
  ['a list in a list of another object', '{"conversations":[1]}', /no export/],
  ['a list that is not the conversations', `{"format":"cloudtolocalllm","version":1,"x":[1]}`, /no export/],
  ['a newer version', '{"format":"cloudtolocalllm","version":2,"conversations":[1]}', /newer version/],
  ['half a list', '[{"a":1},{"b"', /ends in the middle/],
  ['a head without end', `{"a":"${'x'.repeat(70_000)}`, /no export/],
] as const) {
  test(`${name} is no file of conversations`, () => {
    assert.throws(
      () => entries(text),
      (error) => error instanceof ImportFileError && problem.test(error.message),
    );
  });
}

test('of half a list, what is whole comes first', () => {
  const found: unknown[] = [];
  assert.throws(() => {
    for (const { json } of jsonEntries(cut('[1,2,{"a"', 100))) found.push(json?.toString());
  }, ImportFileError);
  assert.deepEqual(found, ['1', '2']);
});
