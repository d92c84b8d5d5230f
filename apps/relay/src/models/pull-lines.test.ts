import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PullLines, type PullProgress } from './pull-lines.ts';

// As Ollama answers (docs/api.md, "Pull a model").
const LINES = [
  { status: 'pulling manifest' },
  { status: 'pulling 74701a8c35f6', digest: 'sha256:74701a8c35f6', total: 4096 },
  { status: 'pulling 74701a8c35f6', digest: 'sha256:74701a8c35f6', total: 4096, completed: 2048 },
  { status: 'verifying sha256 digest' },
  { status: 'success' },
];
const TEXT = LINES.map((line) => `${JSON.stringify(line)}\n`).join('');

function reader(): { lines: PullLines; told: PullProgress[] } {
  const told: PullProgress[] = [];
  return { lines: new PullLines((progress) => told.push(progress)), told };
}

test('tells every line, wherever the bytes are cut', () => {
  for (const size of [1, 7, 64, TEXT.length]) {
    const { lines, told } = reader();
    for (let at = 0; at < TEXT.length; at += size) lines.push(Buffer.from(TEXT.slice(at, at + size)));
    lines.end();
    assert.deepEqual(
      told,
      LINES.map((line) => Object.assign({ type: 'progress' }, line)),
    );
  }
});

test('tells nothing twice', () => {
  const { lines, told } = reader();
  for (const completed of [1, 1, 1, 2]) lines.push(Buffer.from(`{"status":"pulling","completed":${completed}}\n`));
  assert.deepEqual(
    told.map(({ completed }) => completed),
    [1, 2],
  );
});

test('a last line without its end counts', () => {
  const { lines, told } = reader();
  lines.push(Buffer.from('{"status":"success"}'));
  lines.end();
  assert.equal(told.length, 1);
});

test("an error line is the engine's own words", () => {
  const { lines, told } = reader();
  assert.throws(() => lines.push(Buffer.from('{"status":"pulling manifest"}\n{"error":"file does not exist"}\n')), {
    code: 'engine_error',
    message: 'The engine could not pull it: file does not exist',
  });
  assert.equal(told.length, 1);
});

test('an answer that breaks off is no success', () => {
  const { lines } = reader();
  lines.push(Buffer.from('{"status":"pulling manifest"}\n'));
  assert.throws(() => lines.end(), { code: 'engine_error', message: /broke off/ });
});

test("what is none of Ollama's lines is refused", () => {
  for (const text of ['<html>\n', '{}\n', 'null\n', '{"status":1}\n', 'x'.repeat(70_000)]) {
    assert.throws(() => reader().lines.push(Buffer.from(text)), { code: 'engine_error' }, text.slice(0, 20));
  }
});
