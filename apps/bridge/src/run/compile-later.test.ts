import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { compileLater } from './compile-later.ts';

test('nothing is compiled before its time, and everything as ever from then on', { timeout: 20_000 }, async () => {
  setFlagsFromString('--allow-natives-syntax');
  const source = '(work) => %ActiveTierIsMaglev(work) || %ActiveTierIsTurbofan(work)';
  const isCompiled = runInThisContext(source) as (work: () => number) => boolean; // as: V8's own words for it
  const makeWork = (): (() => number) =>
    // Of its own each time: what was compiled once stays so.
    runInThisContext(
      '() => { let sum = 0; for (let at = 0; at < 1000; at++) sum += at * at; return sum; }',
    ) as () => number; // as: so it says
  const early = makeWork();
  const compile = compileLater();
  for (let run = 0; run < 20_000; run++) early();
  await new Promise(setImmediate);
  assert.equal(isCompiled(early), false);

  compile();
  for (const work of [early, makeWork()]) {
    while (!isCompiled(work)) {
      work();
      await new Promise(setImmediate);
    }
  }
});
