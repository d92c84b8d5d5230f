import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '@cloudtolocalllm/sdk';
import { createKeyRequest, SCOPES as PROTOCOL_SCOPES } from '@cloudtolocalllm/protocol';
import { NEW_KEY, readKeyDraft, refusedKeyFields, SCOPES, type KeyDraft } from './key-draft.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const read = (changes: Partial<KeyDraft>) => readKeyDraft({ ...NEW_KEY, name: 'Laptop', ...changes }, NOW);
const requestOf = (changes: Partial<KeyDraft>) => {
  const result = read(changes);
  assert.ok('request' in result, JSON.stringify(result));
  return createKeyRequest.parse(result.request);
};

describe('a key that is being written', () => {
  it('offers every scope there is', () => {
    assert.deepEqual(SCOPES.toSorted(), PROTOCOL_SCOPES.toSorted());
  });

  it('ends after the days that were chosen, or never', () => {
    assert.equal(requestOf({ expiry: '30' }).expires, '2026-03-31T12:00:00.000Z');
    assert.equal(requestOf({ expiry: 'never' }).expires, undefined);
  });

  it('is good until the end of the day that was picked', () => {
    const { expires = '' } = requestOf({ expiry: 'date', date: '2026-03-05' });
    assert.equal(Date.parse(expires), new Date(2026, 2, 5, 23, 59, 59).getTime());
  });

  it('is narrowed to what was ticked, and to nothing when nothing was', () => {
    const bridges = ['bridge-5f0c2a9e-1d7b-4c3e-9a86-2b41f7d0e6c8'];
    const narrowed = requestOf({ bridges, models: ['tiny-demo'], scopes: ['chat', 'inference'] });
    assert.deepEqual(
      [narrowed.bridges, narrowed.models, narrowed.scopes],
      [bridges, ['tiny-demo'], ['chat', 'inference']],
    );
    const free = requestOf({});
    assert.deepEqual(['bridges' in free, 'models' in free], [false, false]);
  });

  it('names the fields that are missing or have passed', () => {
    assert.deepEqual(read({ name: '  ', scopes: [], expiry: 'date' }), {
      problems: { name: { kind: 'required' }, scopes: { kind: 'required' }, date: { kind: 'required' } },
    });
    assert.deepEqual(read({ expiry: 'date', date: '2026-02-27' }), { problems: { date: { kind: 'past' } } });
  });

  it('brings each refusal of the relay to its field', () => {
    const details = { expires: 'must be in the future', 'models.0': 'is too long' };
    const error = new ApiError('Not valid', { status: 400, code: 'validation_failed', details });
    assert.deepEqual(refusedKeyFields(error), {
      date: { kind: 'other', message: 'must be in the future' },
      models: { kind: 'other', message: 'is too long' },
    });
    assert.equal(refusedKeyFields(new Error('else')), undefined);
  });
});
