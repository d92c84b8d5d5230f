import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { shellWord } from './run-steps.ts';
import { unitCommandLine, unitWord } from './systemd-words.ts';
import { windowsCommandLine } from './windows-words.ts';
import { xmlText } from './xml-text.ts';

describe('words for systemd', () => {
  it('keep what quotes, escapes, specifiers and variables would take', () => {
    const cases: [string, string][] = [
      ['/usr/bin/node', '/usr/bin/node'],
      ['', '""'],
      ['a b', '"a b"'],
      ['100%h', '"100%%h"'],
      ['say "x"', String.raw`"say \"x\""`],
      ['back\\slash', String.raw`"back\\slash"`],
      ['Änne', '"Änne"'],
      ['two\nlines\u0085', String.raw`"two\x0alines\xc2\x85"`],
      [';', '";"'],
      ['$HOME', '"$HOME"'],
    ];
    for (const [text, expected] of cases) assert.equal(unitWord(text), expected);
  });

  it('double the dollar in arguments, not in the path of the program', () => {
    assert.equal(unitCommandLine(['/opt/$x/node', '$HOME', '${A}']), '"/opt/$x/node" "$$HOME" "$${A}"');
  });

  it('start a program through a shell when systemd takes no such path', () => {
    assert.equal(
      unitCommandLine(["/opt/it's/node", 'up']),
      String.raw`/bin/sh -c "exec \"$$0\" \"$$@\"" "/opt/it's/node" up`,
    );
  });
});

describe('words for a task of Windows', () => {
  /** CommandLineToArgvW, by its documented rules. */
  function parsed(line: string): string[] {
    const words: string[] = [];
    for (let at = 0; at < line.length; at++) {
      let word = '';
      let inQuotes = false;
      for (; at < line.length && (inQuotes || line[at] !== ' '); at++) {
        const backslashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
        if (line[at + backslashes] === '"') {
          word += '\\'.repeat(Math.floor(backslashes / 2));
          at += backslashes;
          if (backslashes % 2 === 1) word += '"';
          else inQuotes = !inQuotes;
        } else if (backslashes > 0) {
          word += '\\'.repeat(backslashes);
          at += backslashes - 1;
        } else word += line[at];
      }
      words.push(word);
    }
    return words;
  }

  it('come out of its parser as they went in', () => {
    const words = [
      String.raw`C:\Program Files\node.exe`,
      'plain',
      '',
      'a "b"',
      'end\\',
      'sp ace\\',
      String.raw`\\"x`,
      '100%',
      'ä',
    ];
    assert.deepEqual(parsed(windowsCommandLine(words)), words);
  });

  it('are refused when the scheduler would fill them in', () => {
    for (const word of ['%TEMP%\\node.exe', 'C:\\$(Arg0)\\node.exe']) {
      assert.throws(() => windowsCommandLine([word]), { code: 'usage' });
    }
  });
});

it('text for XML has entities, and a mark for what XML can not say', () => {
  assert.equal(
    xmlText(`<a> & "b" 'c' ä 🦊\u0000\u001b\ud800`),
    '&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos; ä 🦊\u{fffd}\u{fffd}\u{fffd}',
  );
});

it('words for a shell come out as they went in', () => {
  const words = ['plain', '', "it's", '$HOME `x` "y" \\', 'two\nlines'];
  const line = words.map((word) => shellWord(word)).join(' ');
  const said = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`]).toString();
  assert.deepEqual(said.split('\0').slice(0, -1), words);
});
