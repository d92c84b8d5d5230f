import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InstallError } from './install-error.ts';
import { platformPackage } from './platform-package.ts';

test('picks the binary of the platform and refuses where there is none', () => {
  assert.equal(platformPackage('darwin', 'arm64'), '@node-llama-cpp/mac-arm64-metal');
  assert.equal(platformPackage('linux', 'x64', true), '@node-llama-cpp/linux-x64');
  assert.throws(() => platformPackage('linux', 'x64', false), InstallError);
  assert.throws(() => platformPackage('aix', 'ppc64'), { code: 'unsupported-platform' });
});
