import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTexts } from './language.ts';

function start(...languages: string[]) {
  const documentElement = { lang: '' };
  // as: all that it touches
  const page = { navigator: { languages }, document: { documentElement } } as unknown as Window;
  return { texts: createTexts(page), documentElement };
}

test("speaks the browser's first language that it knows, else English", async () => {
  const { texts, documentElement } = start('fr-FR', 'de-AT', 'en');
  await texts.choose('system');
  assert.equal(texts.get().language, 'de');
  assert.equal(documentElement.lang, 'de');
  const other = start('fr');
  await other.texts.choose('system');
  assert.equal(other.texts.get().language, 'en');
});

test('the last choice counts, whichever catalogue comes first', async () => {
  const { texts } = start('en');
  await Promise.all([texts.choose('de'), texts.choose('en')]);
  assert.equal(texts.get().language, 'en');
});
