import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesModels, defaultPolicy } from './policy.ts';

const policy = defaultPolicy();

test('allows inference and listing, as they came', () => {
  const allowed: [method: string, path: string][] = [
    ['GET', '/'],
    ['HEAD', '/'],
    ['GET', '/?x=1'],
    ['GET', '/api/tags'],
    ['HEAD', '/api/version'],
    ['POST', '/api/chat'],
    ['POST', '/api/chat?a=b&c=%20%00+d/?:@'],
    ['POST', '/api/generate'],
    ['GET', '/v1/models'],
    ['GET', '/v1/models/llama3.2:1b'],
    ['GET', '/v1/models/library/llama3.2:1b'],
    ['GET', '/v1/models/hf.co%2Flibrary%2fllama3.2%3A1b'],
    ['POST', '/v1/chat/completions'],
    ['POST', '/v1/messages/count_tokens'],
  ];
  for (const [method, path] of allowed)
    assert.deepEqual(policy.check(method, path), { allowed: true, path }, `${method} ${path}`);
});

test('refuses everything else, and says why in a sentence that fits on the wire', () => {
  const refused: [method: string, path: string][] = [
    // What its owner has not allowed.
    ['POST', '/api/pull'],
    ['DELETE', '/api/delete'],
    ['POST', '/api/create'],
    ['POST', '/api/copy'],
    ['POST', '/api/push'],
    ['POST', '/api/blobs/sha256:0'],
    ['POST', '/api/tags'],
    ['GET', '/api/chat'],
    ['POST', '/v1/models/x'],
    ['GET', '/v1/messages/count_tokens'],
    ['POST', '/v1/messages/batches'],
    ['HEAD', '/api/chat'],
    // Methods.
    ['', '/api/tags'],
    ['get', '/api/tags'],
    ['CONNECT', '/'],
    ['OPTIONS', '/api/chat'],
    ['GET /v1/models/x', '/api/delete'],
    ['GET /v1/models/x HTTP/1.1\r\nHost: y\r\n\r\nDELETE', '/api/delete'],
    ['POST\r\n', '/api/chat'],
    // Hosts and parents.
    ['GET', '//evil.example/api/tags'],
    ['GET', '///api/tags'],
    ['GET', '/api//tags'],
    ['GET', '/\\evil.example'],
    ['GET', 'http://evil.example/api/tags'],
    ['GET', 'api/tags'],
    ['GET', ''],
    ['GET', '?/api/tags'],
    ['GET', '*'],
    ['GET', '@evil.example/'],
    ['GET', '/api/../api/tags'],
    ['GET', '/v1/models/..'],
    ['GET', '/v1/models/x%2F..%2F..%2Fapi%2Fdelete'],
    ['GET', '/v1/models/%2F%2Fevil.example'],
    ['GET', '/v1/models/x%2F'],
    ['GET', '/v1/models/%2e%2e'],
    ['GET', '/v1/models/x%253A1b'],
    ['POST', '/v1%2Fmodels/x'],
    ['GET', '/api%2Ftags'],
    ['GET', '/v1/models/../../api/delete'],
    ['GET', '/v1/models/.'],
    ['GET', '/v1/models/'],
    ['GET', '/v1/models//x'],
    ['GET', '/v1/models/%2e%2e/x'],
    ['GET', '/v1/models/%2E%2E%2Fx'],
    ['GET', '/api/tags/'],
    ['GET', '/api/tags/.'],
    ['GET', '/API/TAGS'],
    ['GET', '/api/tags;x=y'],
    ['GET', '/api%2ftags'],
    ['GET', '/api/tags%00'],
    ['GET', '/api/tags#x'],
    // Characters.
    ['GET', '/api/tags\r\nHost: evil.example'],
    ['GET', '/api/tags\n'],
    ['GET', '/api/tags '],
    ['GET', ' /api/tags'],
    ['GET', '/api/tags\0'],
    ['GET', '/v1/models/\u007f'],
    ['GET', '/v1/models/ü'],
    ['GET', '/v1/models/\u2215..\u2215x'],
    ['GET', '/v1/models/\ud800'],
    ['GET', '/api/tags?x\r\n'],
    ['GET', '/api/tags?x y'],
    ['GET', '/api/tags?x#y'],
    ['GET', '/api/tags?\\'],
    ['GET', '/api/tags?ü'],
    ['GET', `/api/tags${'/x'.repeat(4000)}`],
    ['x'.repeat(10_000), '/api/tags'],
  ];
  for (const [method, path] of refused) {
    const verdict = policy.check(method, path);
    assert.ok(!verdict.allowed, `${method} ${path}`);
    assert.match(verdict.reason, /^[\x20-\x7e]{10,300}$/);
  }
});

test('lets models be pulled and deleted when its owner says so, and nothing else besides', () => {
  const managed = defaultPolicy({ allowModelManagement: true });
  assert.deepEqual([managed.mayManageModels, policy.mayManageModels], [true, false]);
  for (const [method, path] of [
    ['POST', '/api/pull'],
    ['DELETE', '/api/delete'],
    ['POST', '/api/generate'],
    ['GET', '/api/tags'],
  ] as const)
    assert.ok(managed.check(method, path).allowed, `${method} ${path}`);
  for (const [method, path] of [
    ['POST', '/api/create'],
    ['POST', '/api/copy'],
    ['POST', '/api/push'],
    ['POST', '/api/blobs/sha256:0'],
    ['GET', '/api/pull'],
    ['POST', '/api/delete'],
    ['POST', '/api/pull/x'],
    ['POST', '//evil.example/api/pull'],
  ] as const)
    assert.ok(!managed.check(method, path).allowed, `${method} ${path}`);
});

test('says how its owner allows what they have not', () => {
  for (const [method, path] of [
    ['POST', '/api/pull'],
    ['DELETE', '/api/delete?x=1'],
  ] as const) {
    const verdict = policy.check(method, path);
    assert.ok(!verdict.allowed && verdict.reason.includes('--allow-model-management'), path);
  }
  const copy = policy.check('POST', '/api/copy');
  assert.ok(!copy.allowed && !copy.reason.includes('--allow-model-management'));
});

test('knows which requests change what models there are', () => {
  assert.ok(changesModels('POST', '/api/pull') && changesModels('DELETE', '/api/delete?x=1'));
  assert.ok(!changesModels('POST', '/api/chat') && !changesModels('GET', '/api/pull'));
});

test('takes no time over a path made to take long', () => {
  const path = `/v1/models/${'a'.repeat(8000)}%`;
  const before = performance.now();
  for (let round = 0; round < 100; round++) policy.check('GET', path);
  assert.ok(performance.now() - before < 1000);
});
