import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageOf } from './language-names.ts';

test('knows languages by the names that models give them', () => {
  const names = { ts: 'typescript', 'C++': 'cpp', Py: 'python', sh: 'bash', yml: 'yaml', html: 'html', rust: 'rust' };
  for (const [name, language] of Object.entries(names)) assert.equal(languageOf(name), language);
});

test('takes no name of an object for a language', () => {
  for (const name of ['', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'brainfog', '../x']) {
    assert.equal(languageOf(name), undefined, name);
  }
});
