import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const SRC = join(import.meta.dirname, '..');

/** The same in every language, and a code as an example. */
const NAMES = /^(CloudToLocalLLM|ABCD-EFGH)$/;

/** Words that a person would see or hear, in the source of a component. */
function wordsIn(source: string): string[] {
  const code = source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1')
    .replaceAll(/^(import|export .* from) .*$/gm, '');
  const attributes = code.matchAll(/\b(?:aria-label|label|title|placeholder|alt|lead|hint)=(?:\{`|")([^"`]*)["`]/g);
  // Between two tags, and not after an arrow; what has signs of code in it is none.
  const texts = code.matchAll(/(?<!=)>([^<>{}]*[a-z]{2}[^<>{}]*)</g);
  // A string that begins as a sentence does, and is compared with nothing: names of keys are.
  const strings = code.matchAll(/(?<![!=]== )['`]([A-Z][a-z’]+(?: [^'`]*)?)['`]/g);
  const words = [...attributes, ...texts, ...strings].map(([, text = '']) =>
    text.replaceAll(/\$\{[^}]*\}/g, '').trim(),
  );
  return [...new Set(words)].filter(
    (text) => /[A-Za-z]{2}/.test(text) && !/[;=|&()[\]]/.test(text) && !NAMES.test(text),
  );
}

test('no component says anything that is not in a catalogue', () => {
  const files = globSync('**/*.tsx', { cwd: SRC });
  assert.ok(files.length > 20, 'the components were not found');
  const found = files.flatMap((file) =>
    wordsIn(readFileSync(join(SRC, file), 'utf8')).map((text) => `${file}: ${text}`),
  );
  assert.deepEqual(found, []);
});

test('finds words wherever a component can have them', () => {
  assert.deepEqual(wordsIn('<p>Nothing found</p>'), ['Nothing found']);
  assert.deepEqual(wordsIn('<p>\n  Said <b>{x}</b> again\n</p>'), ['Said', 'again']);
  assert.deepEqual(wordsIn('<Button label="Close" />'), ['Close']);
  assert.deepEqual(wordsIn('<i aria-label={`Remove ${name}`} />'), ['Remove']);
  assert.deepEqual(wordsIn("<b>{isBusy ? 'Signing in…' : 'Sign in'}</b>"), ['Signing in…', 'Sign in']);
  assert.deepEqual(wordsIn("if (event.key === 'Enter') go(); // Not this"), []);
  assert.deepEqual(wordsIn('<p className="flex gap-2">{words.close}</p>'), []);
  assert.deepEqual(wordsIn('const a: Map<string, Promise<void>> = new Map();'), []);
});
