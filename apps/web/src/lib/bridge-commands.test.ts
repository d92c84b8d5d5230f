import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeCommands, manageCommand, systemOf, tunnelCommand, upCommand } from './bridge-commands.ts';

const origin = 'https://chat.example.com';

test('one command signs in and connects, two where the shell is PowerShell', () => {
  assert.deepEqual(bridgeCommands({ system: 'linux', origin, name: 'Studio PC' }), [
    'npm run bridge -- login --relay https://chat.example.com && npm run bridge -- up --name "Studio PC"',
  ]);
  assert.deepEqual(bridgeCommands({ system: 'windows', origin, name: ' ' }), [
    'npm.cmd run bridge -- login --relay https://chat.example.com',
    'npm.cmd run bridge -- up',
  ]);
});

test('a name stays a name, whatever the shell is', () => {
  const [command] = bridgeCommands({ system: 'linux', origin, name: 'a"; $(rm -rf ~) `b` %PATH% \\ é' });
  assert.ok(command?.endsWith('--name "a (rm -rf ~) b PATH  é"'), command);
});

test('the system is the browser’s, Linux where that says nothing', () => {
  assert.deepEqual(['Win32', 'MacIntel', 'Linux x86_64', 'iPhone', ''].map(systemOf), [
    'windows',
    'macos',
    'linux',
    'linux',
    'linux',
  ]);
});

test('a tunnel has the relay’s own port on both ends', () => {
  assert.equal(tunnelCommand('http://localhost:3000'), 'ssh -N -L 3000:127.0.0.1:3000 you@relay-computer');
  assert.match(tunnelCommand('https://chat.example.com'), / 443:127\.0\.0\.1:443 /);
});

test('a computer is told what to type on its own system', () => {
  const on = (platform: string) => ({
    client: { platform, version: '1', ollamaStatus: 'connected' as const, models: [] },
  });
  assert.equal(upCommand(on('linux')), 'npm run bridge -- up');
  assert.equal(manageCommand(on('win32')), 'npm.cmd run bridge -- up --allow-model-management');
});
