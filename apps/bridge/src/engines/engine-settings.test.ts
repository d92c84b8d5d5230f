import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressText, apiAddress } from './engine-settings.ts';

test('reads the address of an API with and without a scheme, and keeps the path in front of /v1', () => {
  for (const [text, address] of [
    ['localhost:8000', 'http://localhost:8000'],
    ['localhost:8000/v1', 'http://localhost:8000'],
    [':8000', 'http://127.0.0.1:8000'],
    ['127.0.0.1:8000/', 'http://127.0.0.1:8000'],
    ['studio', 'http://studio:11434'],
    ['llm.example.lan:80/openai/v1', 'http://llm.example.lan/openai'],
    ['https://llm.example.lan/openai/v1', 'https://llm.example.lan/openai'],
    ['HTTP://localhost:1234/v1/', 'http://localhost:1234'],
  ] as const) {
    assert.equal(addressText(apiAddress(text)), address, text);
  }
});

test('says that a path cannot stand before /v1', () => {
  for (const text of ['http://localhost/a b/v1', 'localhost:8000/../v1', 'http://localhost/%2e%2e/v1']) {
    assert.throws(() => apiAddress(text), { code: 'usage', message: /cannot stand before \/v1/ }, text);
  }
});
