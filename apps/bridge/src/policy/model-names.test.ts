import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelFilter, narrows } from './model-names.ts';

const lists = (allow: string[], deny: string[] = []): ((model: string) => boolean) => modelFilter({ allow, deny });

/** Entries of "allow", names that they let through, names that they don't. */
const ALLOWED: readonly (readonly [allow: string[], yes: string[], no: string[]])[] = [
  [['*'], ['llama3.2', 'hf.co/x/y:Q4', 'anything at all'], ['x'.repeat(301)]],
  [
    ['llama3.2'],
    [
      'llama3.2',
      'llama3.2:latest',
      'LLAMA3.2:Latest',
      'library/llama3.2',
      'registry.ollama.ai/library/llama3.2',
      'https://registry.ollama.ai/library/llama3.2:latest',
    ],
    ['llama3.2:1b', 'llama3', 'xllama3.2', 'someone/llama3.2', 'llama3.2:local', 'llama3.2:cloud', 'llama3.2@x', ''],
  ],
  [['LLama3.2:1B'], ['llama3.2:1b'], ['llama3.2', 'llama3.2:1b-cloud']],
  [['llama*'], ['llama3.2', 'llama3.2:1b', 'llama'], ['xllama', 'someone/llama3.2']],
  [['*:1b'], ['llama3.2:1b', 'a/b:1b'], ['llama3.2', 'x:11b']],
  [['*llama'], ['codellama', 'codellama:latest', 'a/llama'], ['codellama:7b']],
  [['library/*'], ['llama3.2', 'library/qwen:4b'], ['someone/llama3.2', 'hf.co/a/b']],
  [['registry.ollama.ai/*'], ['llama3.2', 'someone/llama3.2:x'], ['hf.co/a/b']],
  [['hf.co/*/*-gguf:q4*'], ['hf.co/me/Some-GGUF:Q4_K_M'], ['hf.co/me/some:q4', 'hf.co/me-gguf:q4']],
  [['/models/a.gguf'], ['/models/a.gguf'], ['/models/b.gguf']],
  [['a*b*c'], ['abc', 'a-b-c', 'abbbcc', 'a/b/c'], ['abx', 'acb'].map((name) => `${name}:x`)],
];

test('lets through the names that are allowed, as Ollama reads names', () => {
  for (const [allow, yes, no] of ALLOWED) {
    const isAllowed = lists(allow);
    for (const name of yes) assert.ok(isAllowed(name), `${allow.join()} lets ${name} through`);
    for (const name of no) assert.ok(!isAllowed(name), `${allow.join()} does not let ${name} through`);
  }
});

test('keeps out a model that is denied by whatever name it is called', () => {
  const isAllowed = lists(['*'], ['secret', 'gpt-oss:20b', 'private-*', '*cloud']);
  for (const name of [
    'secret',
    ' SECRET ',
    'secret:latest',
    'secret:local',
    'secret: Local',
    'library/secret',
    'registry.ollama.ai/library/secret:latest',
    'http://registry.ollama.ai/library/secret',
    'h2://registry.ollama.ai/library/secret',
    '://registry.ollama.ai/library/secret',
    'a/b\n://registry.ollama.ai/library/secret:latest',
    'ollama.com/library/secret',
    'https://OLLAMA.com/library/secret:latest',
    'gpt-oss:20b',
    'gpt-oss:20b:local',
    'gpt-oss:20b-cloud',
    'glm-4.6:cloud',
    'private-llama:7b',
  ])
    assert.ok(!isAllowed(name), name);
  for (const name of ['secretary', 'secret:2', 'gpt-oss:120b', 'my-private-model', 'someone/secret'])
    assert.ok(isAllowed(name), name);
});

test('a digest, of which nobody knows whose it is, is let through only when it is allowed itself', () => {
  const digest = '0123456789abcdef'.repeat(4);
  const names = [
    digest,
    digest.slice(0, 12),
    `${digest.toUpperCase()}:latest`,
    `sha256:${digest}`,
    `sha256-${digest.slice(0, 20)}`,
    ` sha256:${digest}:local`,
    `mlx:${digest}`,
    `llama.cpp: sha256-${digest}`,
    `library/${digest}`,
    `x://ollama.com/library/sha256-${digest}:latest`,
  ];
  for (const isAllowed of [lists(['*'], ['secret']), lists(['0*', '*:latest', 'sha256*', 'm*', 'l*', '*abcdef'])])
    for (const name of names) assert.ok(!isAllowed(name), name);
  for (const name of names) assert.ok(lists(['*'])(name), name);
  assert.ok(lists([`sha256:${digest}`], ['secret'])(`SHA256:${digest}`));
  for (const name of ['llama3.2:0123456789ab', 'someone/0123456789ab', 'deadbeef', 'feed:me'])
    assert.ok(lists(['*'], ['secret'])(name), name);
});

test('a denied name wins over an allowed one', () => {
  const isAllowed = lists(['llama*'], ['llama3*']);
  assert.deepEqual([isAllowed('llama2'), isAllowed('llama3.2')], [true, false]);
});

test('knows whether bodies have to be looked at', () => {
  assert.equal(narrows({ allow: ['*'], deny: [] }), false);
  assert.equal(narrows({ allow: ['*'], deny: ['x'] }), true);
  assert.equal(narrows({ allow: ['x', '**'], deny: [] }), true);
});

test('a name and a pattern that are made to take long do not', () => {
  const pattern = `${'*a'.repeat(99)}b`;
  for (let round = 0; round < 2000; round++) assert.equal(lists([pattern])('a'.repeat(300)), false);
});
