import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readKeepAlive } from './keep-alive.ts';

test('reads keep_alive as seconds or as a Go duration', () => {
  const cases: [unknown, number | undefined][] = [
    [undefined, undefined],
    [0, 0],
    ['0', 0],
    [30, 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['-1', Infinity],
    [-1, Infinity],
    ['-1s', Infinity],
  ];
  for (const [value, milliseconds] of cases)
    assert.equal(readKeepAlive({ keep_alive: value }), milliseconds, String(value));
  assert.throws(() => readKeepAlive({ keep_alive: 'soon' }), { code: 'bad-request' });
});
