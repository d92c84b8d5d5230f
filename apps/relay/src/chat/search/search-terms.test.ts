import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchTerms } from './search-terms.ts';

for (const [name, question, expected] of [
  ['of the last word the beginning is enough', 'machine lear', '"machine" AND "lear"*'],
  ['a single letter is a word, not a beginning', 'plan b', '"plan" AND "b"'],
  ['words in quotes follow each other', '"machine learning" basics', '"machine learning" AND "basics"*'],
  ['a phrase whose end is not typed yet is one', 'basics "machine lear', '"basics" AND "machine lear"'],
  [
    'what is syntax elsewhere is a word here',
    'NOT title:x* (a OR -b)',
    '"NOT" AND "title:x*" AND "(a" AND "OR" AND "-b)"',
  ],
  ['of a word that ends in a sign the beginning is enough too', 'c++ node.js', '"c++" AND "node.js"*'],
  ['characters without spaces between them are a phrase', '机器', '"\u200B机\u200B\u200B器\u200B"'],
  ['control characters separate words', 'a\u0000b\tc', '"a" AND "b" AND "c"'],
  ['a word counts once', 'no no no', '"no" AND "no"*'],
] as const) {
  test(name, () => assert.equal(searchTerms(question), expected));
}

for (const question of ['?!', '""', '" "', '🙂', "'", '\u0000', '*', '-- ;', '\u0301']) {
  test(`${JSON.stringify(question)} has no word in it`, () => assert.equal(searchTerms(question), undefined));
}

test('no more than sixteen words are looked for', () => {
  const terms = searchTerms(Array.from({ length: 50 }, (_, index) => `w${index}`).join(' '));
  assert.equal(terms?.split(' AND ').length, 16);
});
