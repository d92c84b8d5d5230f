import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodeColourers } from './code-colourer.ts';
import type { CodeLine } from './code-line.ts';

const CODE = '/* one\n two */\nconst a = `x ${b}`;\n\nfunction go(): void {}\n';

const written = (lines: readonly CodeLine[]): string[] =>
  lines.map(({ tokens }) => tokens.map(({ text, colour = '' }) => `${text}|${colour}`).join(' '));

test('colours code that grows as it colours all of it, each line once', async () => {
  const make = createCodeColourers();
  const whole = (await make('typescript')).colour(CODE, true);
  assert.equal(whole.from, 0);
  assert.match(written(whole.lines)[1] ?? '', /two.*\|comment/);
  assert.match(written(whole.lines)[2] ?? '', /^const\|keyword/);

  const growing = await make('typescript');
  const lines: CodeLine[] = [];
  for (let end = 0; end <= CODE.length; end += 7) {
    const more = growing.colour(CODE.slice(0, end), false);
    assert.equal(more.from, lines.length);
    lines.push(...more.lines);
  }
  lines.push(...growing.colour(CODE, true).lines);
  assert.deepEqual(written(lines), written(whole.lines));
});

test('begins anew with another text', async () => {
  const colourer = await createCodeColourers()('json');
  colourer.colour('{\n', false);
  const { from, lines } = colourer.colour('[1]', true);
  assert.equal(from, 0);
  assert.equal(lines.length, 1);
});

test('gives lines back as they were, letter by letter', async () => {
  const { lines } = (await createCodeColourers()('python')).colour('def f(x):\n\treturn "a\u202eb"\n', true);
  assert.deepEqual(
    lines.map(({ tokens }) => tokens.map(({ text }) => text).join('')),
    ['def f(x):', '\treturn "a\u202eb"'],
  );
});
