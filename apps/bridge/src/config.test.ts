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

test('a service is told the variables that change what the bridge does, and no password', () => {
  const { service } = readConfig({
    CLOUDTOLOCALLLM_HOME: '/srv/c2l',
    HTTPS_PROXY: 'http://anna:hunter2@proxy.example:3128',
    NO_PROXY: 'localhost',
    OLLAMA_HOST: '',
    PATH: '/usr/bin',
    SUDO_USER: 'anna',
  });
  assert.deepEqual(service.environment, { CLOUDTOLOCALLLM_HOME: '/srv/c2l', NO_PROXY: 'localhost' });
  assert.equal(service.account, 'anna');
});
