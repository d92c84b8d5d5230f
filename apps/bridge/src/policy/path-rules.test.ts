import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPolicy, defaultPolicy, type Policy } from '../policy.ts';
import { parsePolicy } from './parse-policy.ts';
import { GROUP_NAMES, GROUPS } from './path-rules.ts';

const policyOf = (text: string): Policy => createPolicy(parsePolicy(text, 'policy.yaml'));
const reasonOf = (policy: Policy, method: string, path: string): string => {
  const verdict = policy.check(method, path);
  return verdict.allowed ? '' : verdict.reason;
};

test('each group lets through its own calls and no others', () => {
  for (const group of GROUP_NAMES) {
    const policy = policyOf(`allow: [${group}]`);
    for (const other of GROUP_NAMES) {
      for (const rule of GROUPS[other]) {
        const [method = '', path = ''] = rule.replace('*', 'x').split(' ');
        assert.equal(policy.check(method, path).allowed, group === other, `${group}: ${rule}`);
      }
    }
  }
});

test('a rule lets through one call, or what is below a path', () => {
  const policy = policyOf('allow: ["POST /v1/rerank", "GET /v1/audio/*"]');
  for (const [method, path] of [
    ['POST', '/v1/rerank'],
    ['POST', '/v1/rerank?x=1'],
    ['GET', '/v1/audio/voices'],
    ['HEAD', '/v1/audio/a/b'],
  ] as const)
    assert.ok(policy.check(method, path).allowed, `${method} ${path}`);
  for (const [method, path] of [
    ['GET', '/v1/rerank'],
    ['POST', '/v1/rerank/x'],
    ['POST', '/v1/audio/voices'],
    ['GET', '/v1/audio'],
    ['GET', '/v1/audio/'],
    ['GET', '/v1/audio/../../api/delete'],
    ['GET', '/v1/audio/%2e%2e/x'],
    ['GET', '/v1/audio//evil.example'],
    ['GET', '/v1/audiobook'],
    ['POST', '/api/chat'],
    ['GET', '/'],
  ] as const)
    assert.ok(!policy.check(method, path).allowed, `${method} ${path}`);
});

test('pulling and deleting are allowed one by one; each lets models be managed', () => {
  const cases = [
    ['manage: {pull: true}', true, false, true],
    ['manage: {delete: true}', false, true, true],
    ['manage: {load: true}', false, false, true],
    ['manage: {}', false, false, false],
  ] as const;
  for (const [text, pull, remove, may] of cases) {
    const policy = policyOf(text);
    const got = [policy.check('POST', '/api/pull').allowed, policy.check('DELETE', '/api/delete').allowed];
    assert.deepEqual([...got, policy.mayManageModels], [pull, remove, may], text);
  }
});

test('a refusal says what its owner has to write, and not what they wrote', () => {
  const policy = policyOf('allow: [chat, "POST /v1/my-secret-call"]\nmodels: {deny: [my-secret-model]}');
  assert.match(reasonOf(policy, 'POST', '/api/embed'), /with "embeddings" under "allow" in its policy file/);
  assert.match(reasonOf(policy, 'POST', '/v1/rerank'), /add it under "allow" in its policy file/);
  assert.match(reasonOf(policy, 'POST', '/api/pull'), /"manage: pull: true".*--allow-model-management/);
  assert.match(reasonOf(policy, 'DELETE', '/api/delete'), /"manage: delete: true"/);
  assert.doesNotMatch(reasonOf(policy, 'POST', '/api/create'), /policy file/);
  const denied = policy.checkModel('my-secret-model');
  const unknown = policyOf('models: {allow: [x]}').checkModel('my-secret-model');
  assert.ok(!denied.allowed && !unknown.allowed);
  assert.equal(denied.reason, unknown.reason);
  for (const text of ['/api/embed', '/v1/rerank', '/api/pull'].map((path) => reasonOf(policy, 'POST', path))) {
    assert.doesNotMatch(text, /secret/);
    assert.match(text, /^[\x20-\x7e]{10,300}$/);
  }
  const odd = policyOf('models: {allow: [x]}').checkModel(`\u001b[31m\u202Eü${'y'.repeat(5000)}`);
  assert.ok(!odd.allowed);
  assert.match(odd.reason, /^[\x20-\x7e]{10,300}$/);
});

test('the model in a path is judged like one in a body', () => {
  const policy = policyOf('models: {allow: ["llama*", "hf.co/me/x:q4"]}');
  assert.ok(policy.check('GET', '/v1/models/llama3.2:1b').allowed);
  assert.ok(policy.check('GET', '/v1/models/hf.co%2Fme%2Fx%3Aq4').allowed);
  assert.match(reasonOf(policy, 'GET', '/v1/models/qwen3'), /does not allow the model "qwen3"/);
  assert.match(reasonOf(policy, 'GET', '/v1/models/hf.co%2Fme%2Fy%3Aq4'), /"hf.co\/me\/y:q4"/);
  assert.ok(policy.check('GET', '/v1/models').allowed);
  assert.ok(policy.narrowsModels && !defaultPolicy().narrowsModels);
});
