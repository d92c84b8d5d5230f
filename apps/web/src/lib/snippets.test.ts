import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { baseUrls } from '@cloudtolocalllm/sdk';
import { apiSnippets, gatewayAddresses, programSnippets, PROGRAMS, type Program } from './snippets.ts';

const source = { addresses: gatewayAddresses('https://relay.example/'), secret: 'c2l_secret', model: 'llama3.2:1b' };
const textOf = (program: Program, from = source): string =>
  programSnippets(program, from)
    .map(({ text }) => text)
    .join('\n');

describe('snippets', () => {
  it('have the secret, the model and the right address for each program', () => {
    const addresses: Record<Program, string> = {
      curl: 'https://relay.example/v1/chat/completions',
      python: '"https://relay.example/v1"',
      typescript: "'https://relay.example/v1'",
      ollama: "'https://relay.example/ollama'",
      anthropic: "'https://relay.example'",
      continue: 'https://relay.example/v1\n',
      'open-webui': 'https://relay.example/v1 ',
    };
    for (const program of PROGRAMS) {
      const text = textOf(program);
      assert.ok(text.includes(addresses[program]), text);
      assert.ok(text.includes('c2l_secret'), text);
      // Open WebUI asks which models there are.
      assert.equal(text.includes('llama3.2:1b'), program !== 'open-webui', text);
    }
  });

  it("have a proxy's own addresses", () => {
    const proxy = { ...source, addresses: baseUrls('https://relay.example/proxy/proxy-1') };
    assert.ok(textOf('ollama', proxy).includes('host="https://relay.example/proxy/proxy-1"'));
    assert.ok(textOf('curl', proxy).includes('https://relay.example/proxy/proxy-1/v1/chat/completions'));
  });

  it('can be typed into a shell whatever a model is called', () => {
    const model = `it's "odd" $(id) \`x\``;
    const command = textOf('curl', { ...source, model }).replace('curl -N', String.raw`printf '%s\0'`);
    const { stdout, status } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    assert.equal(status, 0);
    const body: unknown = JSON.parse(stdout.split('\0').at(-2) ?? '');
    assert.deepEqual((body as { model: string }).model, model); // as: written above
  });

  it('show a call of the relay itself for a key that asks no models', () => {
    const texts = apiSnippets(['chat', 'bridges:read', 'inference'], 'https://relay.example', 'c2l_secret');
    assert.deepEqual(
      texts.map(({ text }) => text.split(' ')[1]),
      ['https://relay.example/api/chat/conversations', 'https://relay.example/api/models'],
    );
  });
});
