import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { LivePolicy } from '../policy/live-policy.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { PolicyFileError } from '../policy/policy-file-error.ts';
import { allowedBy, keepToPolicy } from './keep-to-policy.ts';

/** What the daemon is told, and what is said on the output. */
function kept(t: TestContext, policy: LivePolicy): { calls: string[]; said: string[] } {
  const calls: string[] = [];
  const said: string[] = [];
  for (const method of ['log', 'error'] as const) t.mock.method(console, method, (line: string) => said.push(line));
  const daemon = {
    policyChanged: () => void calls.push('changed'),
    pause: (key: string, detail: string) => void calls.push(`pause ${key}: ${detail}`),
    resume: (key: string) => void calls.push(`resume ${key}`),
  };
  keepToPolicy(daemon, policy);
  return { calls, said };
}

const wrong = new PolicyFileError('policy.yaml', [
  { line: 3, column: 8, source: 'hours: never', reason: 'write always' },
]);

test('a bridge whose policy is closed stays away until it opens', (t) => {
  using policy = new LivePolicy();
  policy.refuse(wrong, { atStart: true });
  const { calls, said } = kept(t, policy);
  assert.deepEqual(calls.splice(0), ['pause policy: the policy file is wrong: line 3, column 8: write always']);
  assert.match(said[0] ?? '', /nothing is let through until it is mended:\npolicy\.yaml:3:8: write always\n/);
  policy.accept(parsePolicy('allow: [chat]', 'policy.yaml'));
  assert.deepEqual(calls.splice(0), ['resume policy', 'changed']);
});

test('every change is said once, a fault with its line', (t) => {
  using policy = new LivePolicy();
  const { calls, said } = kept(t, policy);
  assert.deepEqual(said, []);
  const settings = parsePolicy('models: {allow: [llama3.2]}', 'policy.yaml');
  policy.accept(settings);
  policy.accept(settings);
  policy.refuse(wrong);
  policy.refuse(wrong);
  policy.accept(settings);
  policy.accept(undefined);
  assert.equal(calls.filter((call) => call === 'changed').length, 6);
  assert.equal(said.length, 4, said.join('\n'));
  assert.match(said[0] ?? '', /^policy {2}in force as the file says; .*models: llama3\.2;/);
  assert.match(said[1] ?? '', /what held before stays in force:\npolicy\.yaml:3:8/);
  assert.equal(said[2], said[0]);
  assert.match(said[3] ?? '', /^policy {2}there is no file, so the defaults hold/);
});

test('says what lets models be managed besides the file', () => {
  assert.equal(allowedBy({ allowModelManagement: true }, { allowModelManagement: true }), '--allow-model-management');
  assert.equal(allowedBy({}, { allowModelManagement: true }), 'CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT');
  assert.equal(allowedBy({}, { allowModelManagement: false }), undefined);
});
