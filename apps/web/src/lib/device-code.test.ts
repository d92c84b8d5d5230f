import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceAddress, isUserCode } from './device-code.ts';

test('a code is one however it is typed, and leads to the page that confirms it', () => {
  for (const typed of ['BCDF-GHJK', 'bcdfghjk', ' bcdf ghjk ', 'BCDF–GHJK']) {
    assert.ok(isUserCode(typed), typed);
    assert.equal(
      deviceAddress('http://localhost:3000/oidc', typed),
      'http://localhost:3000/oidc/device?user_code=BCDF-GHJK',
    );
  }
  for (const typed of ['', 'BCDF', 'BCDF-GHJ1', 'BCDF-GHJKL']) assert.ok(!isUserCode(typed), typed);
});
