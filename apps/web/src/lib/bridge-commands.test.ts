import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeCommands, manageCommand, systemOf, tunnelCommand, upCommand, wholePackages } from './bridge-commands.ts';

const origin = 'https://chat.example.com';
const packageUrl = `${origin}/download/cloudtolocalllm-0.1.0.tgz`;

test('one command signs in and connects, two where the shell is PowerShell', () => {
  assert.deepEqual(bridgeCommands({ system: 'linux', origin, name: 'Studio PC', packageUrl }), {
    install: 'npm install -g https://chat.example.com/download/cloudtolocalllm-0.1.0.tgz',
    connect: ['cloudtolocalllm login --relay https://chat.example.com && cloudtolocalllm up --name "Studio PC"'],
    service: 'cloudtolocalllm service install -- --name "Studio PC"',
  });
  assert.deepEqual(bridgeCommands({ system: 'windows', origin, name: ' ', packageUrl }), {
    install: 'npm.cmd install -g https://chat.example.com/download/cloudtolocalllm-0.1.0.tgz',
    connect: ['cloudtolocalllm.cmd login --relay https://chat.example.com', 'cloudtolocalllm.cmd up'],
    service: 'cloudtolocalllm.cmd service install',
  });
});

test('where the relay has no package, the bridge is run in a copy of the project', () => {
  const without = { origin, name: 'Studio PC', packageUrl: undefined };
  assert.deepEqual(bridgeCommands({ system: 'linux', ...without }), {
    install: 'npm ci',
    connect: ['npm run bridge -- login --relay https://chat.example.com && npm run bridge -- up --name "Studio PC"'],
    service: undefined,
  });
  assert.deepEqual(bridgeCommands({ system: 'windows', ...without }).connect, [
    'npm.cmd run bridge -- login --relay https://chat.example.com',
    'npm.cmd run bridge -- up --name "Studio PC"',
  ]);
});

test('packages that bring everything along are those of the system', () => {
  const about = { version: '0.1.0', size: 1, sha256: '', url: origin };
  const deb = { ...about, kind: 'deb' as const, platform: 'linux-x64', name: 'one.deb' };
  const npm = { ...about, kind: 'npm' as const, platform: 'any', name: 'one.tgz' };
  assert.deepEqual(wholePackages([deb, npm], 'linux'), [deb]);
  assert.deepEqual(wholePackages([deb, npm], 'macos'), []);
});

test('a name stays a name, whatever the shell is', () => {
  const name = 'a"; $(rm -rf ~) `b` %PATH% \\ é';
  const [command] = bridgeCommands({ system: 'linux', origin, name, packageUrl }).connect;
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
  assert.equal(upCommand(on('linux')), 'cloudtolocalllm up');
  assert.equal(manageCommand(on('win32')), 'cloudtolocalllm.cmd up --allow-model-management');
});
