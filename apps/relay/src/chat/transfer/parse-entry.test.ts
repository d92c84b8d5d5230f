import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases, type Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { chatGptConversation, openWebUiChat, PNG } from './import-fixtures.ts';
import { type ImportedConversation, ImportProblem } from './imported-conversation.ts';
import { recogniseEntry } from './parse-entry.ts';

const NOW = '2026-01-01T00:00:00.000Z';

function recognise(entry: unknown, isOwn = false) {
  return recogniseEntry(Buffer.from(JSON.stringify(entry)), { isOwn, now: NOW });
}

function said({ messages }: ImportedConversation) {
  return messages.map(({ role, content, thinking, parent }) => [role, content, thinking, parent]);
}

test("keeps the tree, times and marks of ChatGPT's conversation", () => {
  const { format, from, title, parse } = recognise(chatGptConversation());
  assert.deepEqual(
    [format, from, title],
    ['chatgpt', 'chatgpt:c0ffee00-0000-4000-8000-000000000001', 'Planning a trip'],
  );
  const conversation = parse();
  assert.deepEqual(said(conversation), [
    ['user', '*[Image]*\n\nWhere is this?', '', null],
    ['assistant', 'In Rome.', '', 0],
    ['assistant', 'In Florence.', 'Looking\n\nA dome.', 0],
    ['user', 'Thanks', '', 2],
    ['assistant', '```python\nprint(1)\n```', '', 3],
  ]);
  const { created, updated, archived, pinned, model, current, messages } = conversation;
  assert.deepEqual([created, updated], ['2024-06-20T16:13:10.000Z', '2024-06-20T16:21:40.000Z']);
  assert.deepEqual([archived, pinned, model, current], [true, false, 'gpt-4o', 4]);
  assert.equal(messages[0]?.created, '2024-06-20T16:13:20.250Z');
  assert.equal(messages[1]?.model, 'gpt-4o');
});

test("keeps the tree, images and reasoning of Open WebUI's chat", () => {
  const { format, from, parse } = recognise(openWebUiChat());
  assert.deepEqual([format, from], ['open-webui', 'open-webui:0b5e0000-0000-4000-8000-000000000002']);
  const conversation = parse();
  assert.deepEqual(said(conversation), [
    ['user', 'What is this?\n\n*[File: notes.pdf]*', '', null],
    ['assistant', 'A dog.', '', 0],
    ['assistant', 'A cat.', 'It is\na cat.', 0],
  ]);
  assert.deepEqual(conversation.messages[0]?.attachments, [{ name: 'image', type: 'image/png', bytes: PNG }]);
  assert.deepEqual(
    [conversation.pinned, conversation.systemPrompt, conversation.created, conversation.current, conversation.model],
    [true, 'Be kind.', '2025-01-01T00:00:00.000Z', 2, 'llama3.2:1b'],
  );
});

test('reads the list of an older Open WebUI chat', () => {
  const messages = [
    { role: 'system', content: 'x' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi', model: 'm' },
  ];
  const conversation = recognise({ id: 'old', title: 'Old', chat: { messages } }).parse();
  assert.deepEqual(said(conversation), [
    ['user', 'Hello', '', null],
    ['assistant', 'Hi', '', 0],
  ]);
  assert.equal(conversation.created, NOW);
});

test('a conversation without an id is known by its content', () => {
  const entry = chatGptConversation({ id: undefined, conversation_id: undefined });
  assert.equal(recognise(entry).from, recognise(entry).from);
  assert.notEqual(recognise(entry).from, recognise({ ...entry, title: 'Other' }).from);
});

const circle = { a: { id: 'a', parent: 'b', message: null }, b: { id: 'b', parent: 'a', message: null } };
const long = { ...chatGptConversation() };
for (const [name, entry, problem] of [
  ['a number', 7, /no conversation of/],
  ['another object', { mapping: 7, messages: [] }, /no conversation of/],
  ['a circle of messages', chatGptConversation({ mapping: circle }), /circle/],
  ['a message that follows itself', chatGptConversation({ mapping: { a: { parent: 'a' } } }), /circle/],
  ['no messages', chatGptConversation({ mapping: {} }), /no messages/],
  ['nodes that are no objects', chatGptConversation({ mapping: { a: 1, b: null, c: [] } }), /no messages/],
  [
    'an endless message',
    {
      ...long,
      mapping: {
        a: { message: { author: { role: 'user' }, content: { content_type: 'text', parts: ['x'.repeat(1_000_001)] } } },
      },
    },
    /longer than/,
  ],
  [
    'too many messages',
    chatGptConversation({ mapping: Object.fromEntries(Array.from({ length: 20_001 }, (_, id) => [`n${id}`, {}])) }),
    /more than 20000/,
  ],
  ['a chat that is none', openWebUiChat({ chat: { history: { messages: [] }, messages: 'x' } }), /no messages/],
] as const) {
  test(`${name} is a problem of this conversation alone`, () => {
    assert.throws(
      () => recognise(entry).parse(),
      (error) => error instanceof ImportProblem && problem.test(error.message),
    );
  });
}

test('a chain of messages as deep as is allowed is no problem', () => {
  const content = { content_type: 'text', parts: ['x'] };
  const mapping = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, id) => [
      `n${id}`,
      { parent: `n${id - 1}`, message: { author: { role: 'user' }, content } },
    ]),
  );
  assert.equal(recognise(chatGptConversation({ mapping })).parse().messages.length, 20_000);
});

test('names of prototypes are ids like others', () => {
  const json =
    '{"title":"T","mapping":{"__proto__":{"parent":null,"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["a"]}}},' +
    '"constructor":{"parent":"__proto__","message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["b"]}}},' +
    '"x":{"parent":"constructor","message":{"__proto__":{"author":{"role":"user"}}}}},"current_node":"toString"}';
  const conversation = recogniseEntry(Buffer.from(json), { isOwn: false, now: NOW }).parse();
  assert.deepEqual(said(conversation), [
    ['user', 'a', '', null],
    ['assistant', 'b', '', 0],
  ]);
  assert.equal(({} as Record<string, unknown>)['author'], undefined); // as: looks for what must not be there
});

test('odd values never end in anything but a conversation or a problem', async () => {
  const odd: unknown[] = [
    null,
    true,
    -1,
    1e300,
    '',
    '\uD800',
    [],
    {},
    ['x'],
    { parts: [{}] },
    { role: 'user' },
    'q',
    'a',
  ];
  const mutate = (value: unknown, random: Random): unknown => {
    if (random.chance(1 / 8)) return random.pick(odd);
    if (Array.isArray(value)) return value.map((item) => mutate(item, random));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutate(item, random)]));
  };
  await cases(500, (random) => {
    try {
      const conversation = recognise(mutate(random.pick([chatGptConversation(), openWebUiChat()]), random)).parse();
      assert(conversation.title !== '' && conversation.model !== '');
      assert(conversation.messages.every(({ parent }, place) => parent === null || parent < place));
      assert(!Number.isNaN(Date.parse(conversation.created)));
    } catch (error) {
      if (!(error instanceof ImportProblem)) throw error;
    }
  });
});
