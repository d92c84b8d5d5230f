import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import Markdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import remarkMath from 'remark-math';
import { MAX_BLOCKS, splitBlocks, type Block } from './blocks.ts';
import { EMPTY_MESSAGE, growBlocks } from './grow-blocks.ts';

/** Pieces of messages, each beginning and ending at a line; every pair of them is read together. */
const PIECES = {
  paragraph: 'One line\nand another.\n',
  'paragraph and list': 'These:\n- one\n- two\n',
  'loose list': '- one\n\n- two\n\n  more of two\n\n    deeper\n',
  'numbered list with code': '1. Do this:\n\n   ```sh\n   ls\n\n   pwd\n   ```\n\n2. Then that.\n',
  'list with code that is not indented': '1. Do this:\n```sh\nls\n\npwd\n```\n2. Then that.\n',
  'list with lazy lines': '- one\nstill one\n\n  and more\n\n```\ncode\n```\n',
  'list that begins empty': '-\n\n  not in it\n',
  'year at the beginning of a line': 'It was in\n1986. A good year.\n\n   Indented by three.\n',
  fence: '```ts\nconst a = 1;\n\n\nconst b = `x`;\n```\n',
  'fence in tildes': '~~~\n```\n\n~~~\n',
  'long fence': '````md\n```\ninner\n```\n\n````\n',
  'indented fence': '  ```\n  code\n    deeper\n\n  ```\n',
  'fence in a paragraph': 'Look:\n```\ncode\n```\nDone.\n',
  'indented code': '    code\n\n    more code\n',
  table: '| a | b |\n|---|:-:|\n| 1 | 2 |\n',
  'table after words': 'A table:\n\na | b\n--- | ---\n1 | `x`\n',
  quote: '> One\n> two\n\n> - a\n>\n>   ```\n>   x\n>\n>   ```\n',
  'lazy quote': '> One\ntwo\n',
  'quote, then code': '> ```\n> open\n\n```\ncode\n\n```\n',
  heading: '# One\nText right below.\n',
  'underlined heading': 'One\n===\n\nTwo\n---\n',
  rules: '***\n\n- - -\n\n___\n',
  'rule after a list': '- a\n\n* * *\n\n- b\n',
  'html comment': '<!-- one\n\ntwo -->\n',
  'html script': '<script>\n\nlet a = 1;\n\n</script>\n',
  'html block': '<div>\n\ninside\n\n</div>\n',
  'html details': '<details>\n<summary>More</summary>\n\n- a\n\n</details>\n',
  mathematics: '$$\na = b\n\nc = d\n$$\n',
  'mathematics in a list': '- Here:\n\n  $$\n  a\n  $$\n\n- There\n',
  tasks: '- [x] done\n- [ ] open\n',
  'nested lists': '- a\n  - b\n    - c\n\n      text\n  - d\n* other\n',
  'tabs in a list': '-\ta\n\n\tb\n',
  hostile: '[a](javascript:alert(1)) <img src=x onerror=alert(1)>\n',
} as const;

/** Right below these, without a blank line, the next line is still theirs, or read by rules of its own. */
const NEEDS_BLANK = /html|begins empty/;

function html(text: string): string {
  const options = { remarkPlugins: [remarkGfm, remarkMath], children: text };
  return renderToStaticMarkup(createElement(Markdown, options))
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();
}

function htmlOfBlocks(text: string): string {
  const blocks = splitBlocks(text);
  return blocks
    .map((block, index) => html(text.slice(block.start, blocks[index + 1]?.start ?? text.length)))
    .join('\n')
    .trim();
}

describe('splitBlocks', () => {
  for (const [name, piece] of Object.entries(PIECES)) {
    it(`reads "${name}" as the whole document is read, before and after everything else`, () => {
      assert.equal(htmlOfBlocks(piece), html(piece));
      for (const [other, text] of Object.entries(PIECES)) {
        // Micromark takes indented code for a paragraph that an empty item can't interrupt.
        if (name === 'indented code' && other === 'list that begins empty') continue;
        const isTight = !NEEDS_BLANK.test(name + other);
        for (const whole of [`${piece}\n${text}`, ...(isTight ? [piece + text] : [])]) {
          assert.equal(htmlOfBlocks(whole), html(whole), `${name}, then ${other}:\n${whole}`);
        }
      }
    });
  }

  it('gives growing text the blocks that it has when it is read at once', () => {
    const text = Object.values(PIECES).join('\n');
    let grown = EMPTY_MESSAGE;
    for (let end = 0; end <= text.length; end += 1) {
      grown = growBlocks(grown, text.slice(0, end));
      assert.deepEqual(grown.blocks, splitBlocks(text.slice(0, end)));
    }
  });

  it('keeps the blocks before the end as they are while text grows', () => {
    const before = growBlocks(EMPTY_MESSAGE, 'One\n\nTwo\n\nThree\n\nFo');
    const after = growBlocks(before, 'One\n\nTwo\n\nThree\n\nFour');
    assert.deepEqual(
      after.blocks.map((block, index) => block === before.blocks[index]),
      [true, true, true, false],
    );
  });

  const kinds = (text: string): Omit<Block, 'start'>[] => splitBlocks(text).map(({ start: _start, ...block }) => block);
  const code = (text: string, language = '', isOpen = false) => ({ kind: 'code', text, language, isOpen });

  it('takes fenced code out of the text, blank lines and all', () => {
    assert.deepEqual(kinds('Look:\n```ts\nconst a = 1;\n\nconst b = 2;\n```\nDone.'), [
      { kind: 'markdown', text: 'Look:' },
      code('const a = 1;\n\nconst b = 2;', 'ts'),
      { kind: 'markdown', text: 'Done.' },
    ]);
    assert.deepEqual(kinds('```\n```'), [code('')]);
    assert.deepEqual(kinds('  ```\n  a\n    b\n  ```'), [code('a\n  b')]);
  });

  it('keeps an open fence open: the answer is still being written', () => {
    assert.deepEqual(kinds('```py\nprint('), [code('print(', 'py', true)]);
    assert.deepEqual(kinds('```'), [code('', '', true)]);
    assert.deepEqual(kinds('````\n```\n'), [code('```\n', '', true)]);
  });

  it('takes footnotes out, each with what belongs to it', () => {
    assert.deepEqual(kinds('A[^1].\n\n[^1]: One\n\n    more\n[^b]: Two\nlazy\n\nEnd'), [
      { kind: 'markdown', text: 'A[^1].' },
      { kind: 'footnote', label: '1', text: '[^1]: One\n\n    more' },
      { kind: 'footnote', label: 'b', text: '[^b]: Two\nlazy' },
      { kind: 'markdown', text: 'End' },
    ]);
  });

  it('leaves what follows a great many blocks in one piece', () => {
    const blocks = splitBlocks('a\n\n'.repeat(MAX_BLOCKS + 5));
    assert.equal(blocks.length, MAX_BLOCKS + 1);
    assert.equal(blocks.at(-1)?.kind, 'plain');
    assert.equal(blocks.at(-1)?.text, 'a\n\n'.repeat(5));
  });
});
