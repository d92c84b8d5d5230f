import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
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

test('a profile has a folder of its own, the default one that of all', () => {
  const env = { CLOUDTOLOCALLLM_HOME: '/home/ada/c2l' };
  assert.equal(readConfig(env).directory, '/home/ada/c2l');
  assert.equal(readConfig(env, 'work').directory, '/home/ada/c2l/profiles/work');
  assert.equal(readConfig({ ...env, CLOUDTOLOCALLLM_PROFILE: 'work' }).directory, '/home/ada/c2l/profiles/work');
  for (const name of ['', '..', '../up', 'a/b', 'A', '-a', 'a b', 'x'.repeat(33)]) {
    assert.throws(() => readConfig(env, name), { code: 'usage' }, name);
  }
});

test('the folder is the same wherever the shell is just now', () => {
  const { home, service } = readConfig({ CLOUDTOLOCALLLM_HOME: 'mine' });
  assert.equal(home, join(process.cwd(), 'mine'));
  assert.equal(service.environment['CLOUDTOLOCALLLM_HOME'], home);
  for (const value of ['', 'relative', '.']) {
    assert.equal(readConfig({ XDG_CONFIG_HOME: value }).home, readConfig({}).home, value);
  }
  const script = `console.log((await import(${JSON.stringify(import.meta.resolve('./config.ts'))})).readConfig().home)`;
  for (const HOME of ['', 'relative']) {
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env: { HOME } }).toString();
    assert.equal(printed, `${join(userInfo().homedir, '.config', 'cloudtolocalllm')}\n`, HOME);
  }
});

test('the keychain is used unless a variable says no', () => {
  for (const value of ['off', '0', 'no', 'FALSE']) {
    assert.equal(readConfig({ CLOUDTOLOCALLLM_KEYCHAIN: value }).keychain, false, value);
  }
  for (const value of ['', 'on', '1'])
    assert.equal(readConfig({ CLOUDTOLOCALLLM_KEYCHAIN: value }).keychain, true, value);
});

test('nobody sits at a screen over SSH', () => {
  const display = { DISPLAY: ':0' };
  assert.equal(readConfig(display).graphicalSession, true);
  for (const name of ['SSH_CONNECTION', 'SSH_TTY', 'SSH_CLIENT']) {
    assert.equal(readConfig({ ...display, [name]: 'x' }).graphicalSession, false, name);
  }
  if (process.platform === 'linux') assert.equal(readConfig({}).graphicalSession, false);
});
