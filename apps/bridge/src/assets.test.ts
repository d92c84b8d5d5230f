import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAsset } from './assets.ts';

test('reads what lies below assets by its path', () => {
  assert.match(readAsset('about.txt').toString(), /assets\.ts/);
});

test('gives nothing that lies elsewhere', () => {
  for (const name of ['', '/etc/passwd', '../package.json', 'page/../../package.json', 'a\\..\\b', '.env', 'a//b']) {
    assert.throws(() => readAsset(name), /Cannot read the asset/, name);
  }
  assert.throws(() => readAsset('page/nothing.html'), { code: 'ENOENT' });
});
