import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.ts';

test('models are managed through the relay only when a variable says yes', () => {
  const allowed = (value?: string): boolean =>
    readConfig({ ...(value !== undefined && { CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT: value }) }).allowModelManagement;
  for (const value of ['1', 'true', 'YES', 'on']) assert.equal(allowed(value), true, value);
  for (const value of [undefined, '', '0', 'false', 'no', 'off', '2', 'true ish'])
    assert.equal(allowed(value), false, value);
});
