import assert from 'node:assert/strict';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { bundleScript } from './bundle-bridge.ts';

/** What `ws` and it alone tries to load, and does without. */
const DISPENSABLE = new Set(['bufferutil', 'utf-8-validate']);

test('makes one script that a single executable can run: it imports nothing and requires only what Node has', async () => {
  const { files } = await bundleScript({ '@napi-rs/keyring': join(import.meta.dirname, 'embedded/keyring.ts') });
  assert.deepEqual(Object.keys(files), ['main.js']);
  const code = files['main.js'] ?? '';
  // Throws at what is a module's alone.
  assert.ok(new Script(code.replace(/^#!.*/, '')));
  assert.doesNotMatch(code, /\bimport\(/);
  const required = [...code.matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, name = '']) => name);
  assert.ok(required.includes('node:sea'));
  assert.deepEqual(
    required.filter((name) => !isBuiltin(name) && !DISPENSABLE.has(name)),
    [],
  );
});
