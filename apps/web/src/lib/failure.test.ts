import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApiError } from '@cloudtolocalllm/sdk';
import { de } from '../texts/de.ts';
import { describeFailure, inWords } from './failure.ts';

const SRC = join(import.meta.dirname, '..');

/** A failure's words are read: of one by its name, or of what `describeFailure` returns. */
const READS =
  /\b(?:failure|failed|describeFailure\([^)]*\))\??\.(?:title|detail)\b|\b(?:title|detail)\b[^}\n]*\} = [^;\n]*[fF]ailure/;

test('a failure is said in the person’s language', () => {
  const error = new ApiError('gone', { status: 503, code: 'bridge_offline' });
  assert.equal(inWords(describeFailure(error), de).title, de.failures.titles['bridge_offline']);
});

test('nobody shows a failure’s words without asking for the person’s language', () => {
  const readers = globSync('{app,components,features,lib}/**/*.{ts,tsx}', { cwd: SRC })
    .filter((path) => !path.includes('.test.') && path !== 'lib/failure.ts')
    .filter((path) => READS.test(readFileSync(join(SRC, path), 'utf8')));
  assert.ok(readers.includes('components/failure-line.tsx'));
  const bare = readers.filter((path) => !/\binWords\(/.test(readFileSync(join(SRC, path), 'utf8')));
  assert.deepEqual(bare, []);
});
