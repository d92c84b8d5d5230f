import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const SRC = join(import.meta.dirname, '..');

/** Whose texts are still on their way into catalogues, by who has them; to be emptied. */
const NOT_YET: readonly string[] = [
  // The text of messages: the helper of branch web-text.
  'components/code-block.tsx',
  'components/command-line.tsx',
  'components/message-text.tsx',
  'features/chat/answer-facts.tsx',
  'features/chat/answer-row.tsx',
  'features/chat/message-files.tsx',
  'features/chat/message-list.tsx',
  'features/chat/question-row.tsx',
  'features/chat/running-row.tsx',
  'features/chat/thinking.tsx',
  // Computers and the first minute: the helper of branch web-computers.
  'features/chat/model-picker.tsx',
  'features/chat/welcome.tsx',
  'features/computer/',
  'features/computers/',
  'features/guide/',
  // Access: the helper of branch web-access.
  'features/access/',
];
/** The same in every language. */
const NAMES = /^(CloudToLocalLLM)$/;

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
  const files = globSync('**/*.tsx', { cwd: SRC }).filter((file) => !NOT_YET.some((place) => file.startsWith(place)));
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
