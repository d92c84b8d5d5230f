import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { markMath } from './math-marks.ts';

const CASES: Record<string, [string, string][]> = {
  'marks formulas in a line, however they were written': [
    ['Let \\(a + b\\) be', 'Let $$a + b$$ be'],
    ['Let $a + b$ be', 'Let $$a + b$$ be'],
    ['Let $$a + b$$ be', 'Let $$\\displaystyle a + b$$ be'],
    ['($x$), $y$.', '($$x$$), $$y$$.'],
    ['for $2x$ and $10$', 'for $$2x$$ and $$10$$'],
    ['\\(a\n+ b\\)', '$$a + b$$'],
    ['\\(\\text{\\$5}\\)', '$$\\text{\\$5}$$'],
    ['\\(a $$ b\\)', '$$$a $$ b$$$'],
  ],
  'gives a display lines of its own': [
    ['\\[\na = b\n\\]', '$$\na = b\n$$'],
    ['\\[ a = b \\]', '$$\na = b\n$$'],
    ['Text\n$$ a = b $$\nmore', 'Text\n$$\na = b\n$$\nmore'],
    ['$$\na\n\nb\n$$', '$$\na\nb\n$$'],
    ['$$a = 1\n+ 2$$', '$$\na = 1\n+ 2\n$$'],
    ['- \\[ a \\]\n', '- $$\n  a\n  $$\n'],
    ['> \\[\n> a\n> \\]', '> $$\n> a\n> $$'],
    ['It is \\[a\\] here', 'It is $$\\displaystyle a$$ here'],
    ['$$\na = ', '$$\na = '],
  ],
  'leaves prices, variables and marks without an end alone': [
    ['$5 and $10', '$5 and $10'],
    ['from $5 to 10$ in', 'from $5 to 10$ in'],
    ['US$5, A$6', 'US$5, A$6'],
    ['$HOME/$USER or $PATH', '$HOME/$USER or $PATH'],
    ['$ 5 $', '$ 5 $'],
    ['\\$a$', '\\$a$'],
    ['$$ what', '\\$\\$ what'],
    ['$a\n\nb$', '$a\n\nb$'],
    ['\\(a', '\\(a'],
    ['$5', '$5'],
  ],
  'leaves code alone': [
    ['`$a$` and $b$', '`$a$` and $$b$$'],
    ['``a ` $b$`` $c$', '``a ` $b$`` $$c$$'],
    ['- a\n  ```sh\n  echo $A $B$\n  ```\n  $c$', '- a\n  ```sh\n  echo $A $B$\n  ```\n  $$c$$'],
    ['    $a$', '    $a$'],
    ['` $a$', '` $$a$$'],
  ],
};

describe('markMath', () => {
  for (const [behaviour, cases] of Object.entries(CASES)) {
    it(behaviour, () => {
      for (const [text, marked] of cases) assert.equal(markMath(text), marked, text);
    });
  }

  it('takes time in proportion to a text of nothing but openings', () => {
    for (const mark of ['$', '$$', '\\(', '\\[', '`', '$a ', '``` ']) {
      assert.ok(markMath(mark.repeat(5_000)).length > 0, mark);
    }
  });
});
