import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const PACKAGE = join(import.meta.dirname, '..');

/** Lines without their indentation: a block may stand deeper in its program. */
const plain = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n');

describe('the README', () => {
  it('shows code of the examples alone, which are run', async () => {
    const examples: string[] = [];
    for await (const file of glob(join(PACKAGE, 'examples/*.ts'))) examples.push(plain(await readFile(file, 'utf8')));
    const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
    const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => plain(block));
    assert.ok(blocks.length >= 5);
    for (const block of blocks)
      assert.ok(
        examples.some((text) => text.includes(block)),
        block,
      );
  });
});
