import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBlocks as parse } from './blocks.ts';

const parseBlocks = (message: string) => parse(message).map(({ line: _line, ...block }) => block);

const text = (value: string) => ({ kind: 'text', text: value });
const code = (value: string, language = '') => ({ kind: 'code', text: value, language });

describe('parseBlocks', () => {
  it('splits paragraphs at blank lines and keeps the whitespace inside', () => {
    assert.deepEqual(parseBlocks('one\n  two\n\n\nthree  \n'), [text('one\n  two'), text('three')]);
    assert.deepEqual(parseBlocks(''), []);
  });

  it('takes fenced code out of the text, blank lines and all', () => {
    assert.deepEqual(parseBlocks('Look:\n```ts\nconst a = 1;\n\nconst b = 2;\n```\nDone.'), [
      text('Look:'),
      code('const a = 1;\n\nconst b = 2;', 'ts'),
      text('Done.'),
    ]);
  });

  it('keeps an open fence open: the answer is still being written', () => {
    assert.deepEqual(parseBlocks('```py\nprint('), [code('print(', 'py')]);
    assert.deepEqual(parseBlocks('```'), [code('')]);
  });

  it('closes a fence with its own marks only', () => {
    assert.deepEqual(parseBlocks('````md\n```\ninner\n```\n````'), [code('```\ninner\n```', 'md')]);
    assert.deepEqual(parseBlocks('~~~\n```\n~~~'), [code('```')]);
    assert.deepEqual(parseBlocks('```\n``` not the end\n```'), [code('``` not the end')]);
  });

  it('leaves markup as the text it is', () => {
    assert.deepEqual(parseBlocks('<script>alert(1)</script>'), [text('<script>alert(1)</script>')]);
  });

  it('says where each block begins, the same while the text grows', () => {
    const lines = (message: string) => parse(message).map(({ line }) => line);
    assert.deepEqual(lines('one\n\ntwo\ntwo\n```\ncode'), [0, 2, 4]);
    assert.deepEqual(lines('one\n\ntwo\ntwo\n```\ncode\n```\n\n\nthree'), [0, 2, 4, 9]);
  });
});
