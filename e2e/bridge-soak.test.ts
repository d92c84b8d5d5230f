import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeSoak, growth, holdingLine, SHORT_BRIDGE_SOAK } from './soak/bridge-soak.ts';

/** `npm run soak -- --bridge` is the same for 20 minutes and 2,000 cuts. */
test('a bridge that is cut off again and again loses nothing and holds no more than before', async (t) => {
  const { cuts, answers, problems, holdings } = await bridgeSoak(SHORT_BRIDGE_SOAK);
  for (const holding of holdings) t.diagnostic(holdingLine(holding));
  assert.deepEqual(problems, []);
  assert.ok(cuts >= SHORT_BRIDGE_SOAK.cuts, `${cuts} cuts`);
  assert.ok(answers >= 8, `${answers} answers`);
});

test('growth is seen in each thing that is held', () => {
  const flat = { residentMb: 90, heapMb: 20, externalMb: 5, openFiles: 30, timers: 5, others: 12 };
  assert.deepEqual(growth(Array(40).fill(flat)), []);
  for (const name of Object.keys(flat) as (keyof typeof flat)[]) {
    const growing = Array.from({ length: 40 }, (_, index) => ({ ...flat, [name]: flat[name] + 2 * index }));
    assert.match(growth(growing).join(), new RegExp(`^${name} grew`));
  }
});
