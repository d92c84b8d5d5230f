import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soak } from './soak/soak.ts';
import { SHORT } from './soak/soak-options.ts';
import { summary } from './soak/summary.ts';

/** `npm run soak` is the same for longer, with other seeds. */
const SEED = Number(process.env['SEED'] ?? 1);

test('loses nothing and answers nothing twice while sockets are cut, bridges sleep and the relay is killed', async (t) => {
  const report = await soak({ ...SHORT, seed: SEED });
  const { ledger, cuts, chatEnds, queueEnds, problems, listeners } = report;
  t.diagnostic(summary(report));
  assert.deepEqual(problems, []);
  // What would make all of this mean nothing.
  assert.equal(cuts.kills, 1);
  assert.ok(cuts.bridges > 5 && cuts.clients > 5, 'sockets were cut');
  assert.ok(ledger.chats.length > 10 && ledger.queued.length > 5, 'much was asked');
  assert.ok(listeners > ledger.chats.length, 'many listened');
  assert.ok((chatEnds.get('complete') ?? 0) > ledger.chats.length / 2, 'most answers are whole');
  assert.ok((queueEnds.get('complete') ?? 0) > ledger.queued.length / 2, 'most of the queue was answered');
});
