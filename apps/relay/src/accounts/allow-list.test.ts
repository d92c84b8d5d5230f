import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowList } from './allow-list.ts';

test('an empty list lets everybody in', () => {
  assert.equal(allowList([])({ id: 'auth0|1' }), true);
});

const mayEnter = allowList(['auth0|1', 'Ann@Example.com', '*@home.example']);
const CASES: [boolean, string, string | null | undefined][] = [
  [true, 'auth0|1', undefined],
  [false, 'AUTH0|1', undefined],
  [false, 'auth0|2', null],
  [true, 'auth0|2', 'ann@example.COM'],
  [false, 'auth0|2', 'bob@example.com'],
  [true, 'auth0|2', 'bob@HOME.example'],
  [false, 'auth0|2', 'bob@evil-home.example'],
  [false, 'auth0|2', 'bob@sub.home.example'],
  [false, 'auth0|2', 'bob@home.example@evil.example'],
  [false, '*@home.example', undefined],
  [false, 'auth0|2', ''],
];
for (const [expected, id, email] of CASES) {
  test(`${expected ? 'lets in' : 'refuses'} ${id} with the address ${email}`, () => {
    assert.equal(mayEnter({ id, email }), expected);
  });
}
