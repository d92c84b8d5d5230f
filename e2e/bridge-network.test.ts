import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNoNetworks } from './torture/lab-network.ts';
import { SCENARIOS } from './torture/scenarios.ts';
import { tortureTable } from './torture/table.ts';
import { torture } from './torture/torture.ts';

/** The longest scenario is over after a minute, with waits of two seconds between attempts that cost only this computer. */
const MAX_ATTEMPTS = 40;
/** A request or two of the bridge's own at the moment of looking. */
const FILE_NOISE = 4;

const why = whyNoNetworks();
const NAME = 'a bridge in bad networks goes on with its answers, says what is, and does not try like mad';

/** `npm run soak -- --network` is the same, with what lasts longer than the grace period. */
test(why === undefined ? NAME : `bad networks: not tested here, because ${why}`, { skip: why ?? false }, async (t) => {
  const rows = await torture(SCENARIOS);
  for (const line of tortureTable(rows).split('\n')) t.diagnostic(line);
  assert.deepEqual(
    rows.filter(({ problems }) => problems.length > 0).map(({ name, problems }) => ({ name, problems })),
    [],
  );
  assert.equal(rows.length, SCENARIOS.flat().length);
  for (const { name, attempts, openFiles } of rows) {
    assert.ok(attempts <= MAX_ATTEMPTS, `${name}: ${attempts} attempts`);
    assert.ok(openFiles[1] <= openFiles[0] + FILE_NOISE, `${name}: ${openFiles.join(' -> ')} open files`);
  }
});
