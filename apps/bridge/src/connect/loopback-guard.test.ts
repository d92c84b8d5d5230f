import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseForeign } from './loopback-guard.ts';

test('takes local programs and pages, and nobody by another name or from another origin', () => {
  const taken = [
    { host: 'localhost:11434' },
    { host: '127.0.0.1:11434' },
    { host: '[::1]:11434' },
    { host: 'localhost:11434', origin: 'http://localhost:3000' },
    { host: 'localhost:11434', origin: 'https://127.0.0.1' },
    { host: 'localhost:11434', origin: 'app://obsidian.md' },
    { host: 'localhost:11434', origin: 'vscode-webview://abc' },
    { host: 'localhost:11434', origin: 'http://localhost:3000', 'sec-fetch-site': 'cross-site' },
    { host: 'localhost:11434', 'sec-fetch-site': 'none' },
  ];
  for (const headers of taken) assert.equal(refuseForeign(headers), undefined, JSON.stringify(headers));
  const refused = [
    {},
    { host: '' },
    { host: 'evil.example' },
    { host: 'evil.example:11434' },
    { host: 'user@localhost@evil.example' },
    { host: 'evil.example@localhost:11434' },
    { host: 'localhost#.evil.example' },
    { host: 'evil.localhost:11434' },
    { host: 'localhost:11434', origin: 'http://evil.localhost' },
    { host: 'localhost:11434', origin: 'https://evil.example' },
    { host: 'localhost:11434', origin: 'null' },
    { host: 'localhost:11434', origin: '' },
    { host: 'localhost:11434', origin: 'http://localhost.evil.example' },
    { host: 'localhost:11434', origin: 'chrome-extension://abc' },
    { host: 'localhost:11434', 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of refused) assert.notEqual(refuseForeign(headers), undefined, JSON.stringify(headers));
});
