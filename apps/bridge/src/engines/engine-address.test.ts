import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineAddress } from './engine-address.ts';

test('reads addresses as Ollama does', () => {
  const addresses: [text: string | undefined, origin: string][] = [
    [undefined, 'http://127.0.0.1:11434'],
    ['', 'http://127.0.0.1:11434'],
    ['localhost', 'http://localhost:11434'],
    ['localhost:8080', 'http://localhost:8080'],
    ['localhost:80', 'http://localhost'],
    ['http://localhost', 'http://localhost'],
    ['https://engine.lan', 'https://engine.lan'],
    ['HTTP://localhost:1234/v1', 'http://localhost:1234'],
    [' 192.168.1.2 ', 'http://192.168.1.2:11434'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:5000', 'http://127.0.0.1:5000'],
    [':5000', 'http://127.0.0.1:5000'],
    ['[::]:5000', 'http://[::1]:5000'],
    ['[::1]', 'http://[::1]:11434'],
  ];
  for (const [text, origin] of addresses) assert.equal(engineAddress(text).origin, origin, text);
});

test('says that it is no address', () => {
  for (const text of [
    'ftp://localhost',
    'http://',
    'localhost:99999',
    'two words',
    'http://user:secret@localhost',
    'unix:///run/x',
  ]) {
    assert.throws(() => engineAddress(text), { code: 'usage', message: /is not a URL such as/ }, text);
  }
});
