import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '@cloudtolocalllm/sdk';
import { createProxyRequest } from '@cloudtolocalllm/protocol';
import { NEW_DRAFT, readDraft, refusedFields, type ProxyDraft } from './proxy-draft.ts';

const BRIDGE = 'bridge-5f0c2a9e-1d7b-4c3e-9a86-2b41f7d0e6c8';
const draft = (changes: Partial<ProxyDraft>): ProxyDraft => ({ ...NEW_DRAFT, bridgeId: BRIDGE, ...changes });
const refusal = (details: Record<string, string>): ApiError =>
  new ApiError('The request is not valid', { status: 400, code: 'validation_failed', details });

describe('a proxy that is being written', () => {
  it('becomes what the relay takes, with all that was filled in', () => {
    const read = readDraft(
      draft({
        lifetime: { amount: '1,5', unit: 'hours' },
        timeout: { amount: '10', unit: 'minutes' },
        models: ['tiny-demo'],
        paths: '/v1/*\n /api/chat ',
        maxRequests: '100',
        maxConcurrent: '2',
        maxTokens: '5000',
        maxMemory: '256',
        maxCpu: '0,25',
      }),
    );
    assert.ok('config' in read);
    const { config } = createProxyRequest.parse({ bridgeId: BRIDGE, config: read.config });
    assert.deepEqual(config, {
      lifetime: 5400,
      timeout: 600,
      models: ['tiny-demo'],
      paths: ['/v1/*', '/api/chat'],
      maxRequests: 100,
      maxConcurrent: 2,
      maxTokens: 5000,
      maxMemory: '256MB',
      maxCpu: '0.25',
    });
  });

  it('leaves to the relay what was left empty', () => {
    const read = readDraft(draft({ lifetime: { amount: '', unit: 'hours' }, maxMemory: '', maxCpu: ' ' }));
    assert.ok('config' in read);
    assert.deepEqual(
      Object.values({ ...read.config, timeout: undefined }).filter((value) => value !== undefined),
      [],
    );
  });

  it('names the fields that hold no number, or half a request', () => {
    const read = readDraft(draft({ maxRequests: '1.5', maxTokens: 'many', maxCpu: '-1' }));
    assert.deepEqual(read, {
      problems: { maxRequests: { kind: 'whole' }, maxTokens: { kind: 'number' }, maxCpu: { kind: 'number' } },
    });
  });

  it('brings each refusal of the relay to its field, with the bound', () => {
    const error = refusal({
      'config.lifetime': 'must be at most 86400 on this relay',
      'config.maxMemory': "must be at least 64MB: a proxy's process needs it",
      'config.paths.0': 'must be a path such as /v1/chat/completions or /v1/*',
      'config.maxConcurrent': 'Too big: expected number to be <=1000',
    });
    assert.deepEqual(refusedFields(error), {
      lifetime: { kind: 'atMost', value: '86400' },
      maxMemory: { kind: 'atLeast', value: '64MB' },
      paths: { kind: 'other', message: 'must be a path such as /v1/chat/completions or /v1/*' },
      maxConcurrent: { kind: 'atMost', value: '1000' },
    });
  });

  it('leaves to the page what is about no field of its own', () => {
    assert.equal(refusedFields(refusal({ bridgeId: 'must be a bridge id' })), undefined);
    assert.equal(refusedFields(new ApiError('Offline', { status: 503, code: 'bridge_offline' })), undefined);
    assert.equal(refusedFields(new Error('else')), undefined);
  });
});
