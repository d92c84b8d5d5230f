import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesAny, plainPath } from './plain-path.ts';

describe('the path of a request', () => {
  it('is what stands before the query', () => {
    assert.equal(plainPath('/v1/chat/completions?a=/../b'), '/v1/chat/completions');
    assert.equal(plainPath('/'), '/');
    assert.equal(plainPath('/v1/models/llama3.2:3b'), '/v1/models/llama3.2:3b');
    assert.equal(plainPath('/v1/...'), '/v1/...');
    assert.equal(plainPath('/v1/models/library%2Fllama3.2%3A3b'), '/v1/models/library%2Fllama3.2%3A3b');
  });

  it('is none when a server could read it as another one', () => {
    const tricks = [
      '/v1/../api/delete',
      '/v1/..',
      '/v1/.',
      '/v1/./x',
      '//host/v1',
      '/v1//x',
      '/v1/%2e%2e/api',
      '/v1/%2E./x',
      '/v1/models/x%2F..%2F..%2Fapi',
      '/v1/models/%2Fx',
    ];
    for (const path of [...tricks, '/v1/a%2fb', '/v1\\..\\api', '/v1/%5c..', 'http://host/v1', 'v1', '']) {
      assert.equal(plainPath(path), undefined, path);
    }
  });

  it('matches a pattern that is the same, or that ends in * and begins so', () => {
    assert.equal(matchesAny(['/api/tags', '/v1/*'], '/v1/models'), true);
    assert.equal(matchesAny(['/api/tags', '/v1/*'], '/api/tags'), true);
    for (const path of ['/api/tags2', '/api', '/v1', '/V1/models']) {
      assert.equal(matchesAny(['/api/tags', '/v1/*'], path), false, path);
    }
  });
});
