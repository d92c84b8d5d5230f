import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installedModelsFrom } from './installed-models.ts';

// As Ollama 0.24.0 answers, shortened.
const LLAMA = {
  name: 'llama3.2:latest',
  model: 'llama3.2:latest',
  modified_at: '2026-05-04T17:37:44.706015396-07:00',
  size: 3_825_819_519,
  digest: 'fe938a131f40e6f6d40083c9f0f430a515233eb2edaa6d72eb85c50d64f2300e',
  details: { format: 'gguf', family: 'llama', families: null, parameter_size: '3.2B', quantization_level: 'Q4_K_M' },
};

test('tells of each model what it is and whether it is in memory', () => {
  const tags = { models: [LLAMA, { ...LLAMA, name: 'other:1b' }] };
  const ps = { models: [{ ...LLAMA, expires_at: '2026-06-04T14:38:31Z', size_vram: 5_137_025_024 }] };
  const [loaded, other] = installedModelsFrom(tags, ps);
  assert.deepEqual(loaded, {
    name: 'llama3.2:latest',
    size: 3_825_819_519,
    modified: LLAMA.modified_at,
    family: 'llama',
    parameterSize: '3.2B',
    quantization: 'Q4_K_M',
    loaded: { vram: 5_137_025_024, until: '2026-06-04T14:38:31Z' },
  });
  assert.deepEqual([other?.name, other?.loaded], ['other:1b', undefined]);
});

test('of a list without end the first models count', () => {
  const models = [...Array.from({ length: 10_000 }, () => LLAMA), ...Array.from({ length: 100_000 }, () => ({}))];
  assert.equal(installedModelsFrom({ models }, { models: [...models, 0] }).length, 10_000);
});

test('says no time for a model that stays for good', () => {
  const ps = { models: [{ name: 'llama3.2', expires_at: '2318-01-01T00:00:00Z' }] };
  assert.deepEqual(installedModelsFrom({ models: [LLAMA] }, ps)[0]?.loaded, { vram: undefined, until: undefined });
});

test('leaves out what an engine does not say, and understands one without models', () => {
  const bare = installedModelsFrom({ models: [{ name: 'x', size: 'big', details: { family: '' } }] }, { models: null });
  assert.equal(JSON.stringify(bare), '[{"name":"x"}]');
  assert.deepEqual(installedModelsFrom({ models: null }, { models: [] }), []);
});

test('takes no other listing for one', () => {
  for (const tags of [{}, { models: [{}] }, { models: 'many' }, []]) {
    assert.throws(() => installedModelsFrom(tags, { models: [] }), { code: 'engine_error' }, JSON.stringify(tags));
  }
});
