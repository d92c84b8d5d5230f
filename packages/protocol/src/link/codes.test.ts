import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterClose } from './codes.ts';

test('a bridge stays away only when the relay itself tells it to', () => {
  for (const code of [4404, 4406, 4409]) assert.equal(afterClose(code), 'stop', `${code}`);
  assert.equal(afterClose(4401), 'renew');
  // 1000, 1001, 1006, 1011: a proxy on the way ends the socket as it likes. 4999: of a later version.
  for (const code of [1000, 1001, 1006, 1009, 1011, 1012, 4400, 4408, 4410, 4999]) {
    assert.equal(afterClose(code), 'retry', `${code}`);
  }
});
