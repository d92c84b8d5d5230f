import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { WEB_DIR, buildWeb } from '../dev/src/web-build.ts';

/** Of script, before the chat can be used. */
const MAX_FIRST_LOAD_BYTES = 180_000;

/** What a built file imports at once; what it imports later stands in `import(…)`. */
const STATIC_IMPORT = /(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g;

/** The scripts that the page loads by itself, by name. */
async function firstLoad(): Promise<Map<string, Buffer>> {
  const html = await readFile(join(WEB_DIR, 'index.html'), 'utf8');
  const wanted = [...html.matchAll(/(?:src|href)="\/assets\/([^"]+\.js)"/g)].map(([, name = '']) => name);
  const scripts = new Map<string, Buffer>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (scripts.has(name)) continue;
    const content = await readFile(join(WEB_DIR, 'assets', name));
    scripts.set(name, content);
    for (const [, imported = ''] of content.toString().matchAll(STATIC_IMPORT)) wanted.push(imported);
  }
  return scripts;
}

test('the chat can be used after 180 kB of script at the most', { timeout: 120_000 }, async () => {
  await buildWeb();
  const sizes = Array.from(await firstLoad(), ([name, content]) => [name, gzipSync(content).length] as const);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  assert.ok(total > 50_000, 'react alone is more than that: the scripts were not found');
  assert.ok(total <= MAX_FIRST_LOAD_BYTES, `${total} bytes: ${sizes.map((pair) => pair.join(' ')).join(', ')}`);
});
