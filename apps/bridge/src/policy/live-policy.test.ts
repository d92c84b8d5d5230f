import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LivePolicy } from './live-policy.ts';
import { parsePolicy } from './parse-policy.ts';

process.env['TZ'] = 'Europe/Berlin';

const settings = (text: string): ReturnType<typeof parsePolicy> => parsePolicy(text, 'policy.yaml');
const at = (text: string): number => Date.parse(text);

test('answers as the settings of the moment say, each time it is asked', () => {
  using policy = new LivePolicy();
  assert.ok(policy.check('POST', '/api/chat').allowed);
  assert.deepEqual([policy.maxConcurrent, policy.maxWaiting, policy.mayManageModels], [undefined, undefined, false]);
  policy.accept(settings('allow: [listing]\nlimits: {running: 2, waiting: 5}\nmanage: {delete: true}'));
  assert.ok(!policy.check('POST', '/api/chat').allowed);
  assert.deepEqual([policy.maxConcurrent, policy.maxWaiting, policy.mayManageModels], [2, 5, true]);
  policy.accept(undefined);
  assert.ok(policy.check('POST', '/api/chat').allowed);
  assert.equal(policy.report.from, 'defaults');
});

test('an option adds to what the file says, and the report says which', () => {
  using policy = new LivePolicy({ allowedBy: '--allow-model-management' });
  policy.accept(settings('manage: {pull: false}'));
  assert.ok(policy.check('POST', '/api/pull').allowed && policy.check('DELETE', '/api/delete').allowed);
  assert.ok(policy.mayManageModels);
  assert.equal(policy.report.allowedBy, '--allow-model-management');
});

test('outside its hours nothing begins, and the reason says until when', () => {
  let now = at('2026-11-27T18:00:00+01:00'); // a Friday
  using policy = new LivePolicy({ now: () => now });
  policy.accept(settings('hours: ["mon-fri 08:00-18:00"]'));
  const verdict = policy.check('POST', '/api/chat');
  assert.ok(!verdict.allowed);
  assert.equal(verdict.reason, 'This bridge is closed until Mon 08:00: its owner has set hours in its policy.');
  assert.equal(policy.report.closed, verdict.reason);
  // Not the timer's word counts: this computer may have slept.
  now = at('2026-11-30T08:00:00+01:00');
  assert.ok(policy.check('POST', '/api/chat').allowed);
  now = at('2026-11-30T18:00:00+01:00');
  const again = policy.check('POST', '/api/chat');
  assert.ok(!again.allowed && again.reason.includes('until Tue 08:00'));
});

test('tells on the minute when hours begin and end, also after the clock was set', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: at('2026-11-27T17:59:30+01:00') });
  using policy = new LivePolicy({ now: () => Date.now() });
  const told: (string | undefined)[] = [];
  policy.onChange(() => told.push(policy.report.closed));
  policy.accept(settings('hours: ["mon-fri 08:00-18:00"]'));
  assert.deepEqual(told, [undefined]);
  t.mock.timers.tick(31_000);
  assert.equal(told.length, 2);
  assert.match(told[1] ?? '', /closed until Mon 08:00/);
  t.mock.timers.setTime(at('2026-11-30T08:00:00+01:00'));
  t.mock.timers.tick(61_000); // it slept over the weekend
  assert.deepEqual(told.slice(2), [undefined]);
  // Always open again: nothing is left to look for.
  policy.accept(settings('hours: always'));
  t.mock.timers.tick(24 * 3_600_000);
  assert.equal(told.length, 4);
});
