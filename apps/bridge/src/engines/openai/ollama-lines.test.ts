import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerFault, EventReader } from './event-reader.ts';
import { OllamaLines } from './ollama-lines.ts';

type Line = Record<string, unknown>;

/** What the lines say that are made of an engine's bytes, in pieces of this size. */
function read(bytes: string, size = Infinity, shape: 'chat' | 'generate' = 'chat'): Line[] {
  let now = 0;
  const lines = new OllamaLines({ model: 'm', shape, clock: () => (now += 10) });
  let said = '';
  const events = new EventReader((data) => void (said += lines.event(data)));
  const all = Buffer.from(bytes);
  for (let at = 0; at < all.length; at += size) events.push(all.subarray(at, Math.min(at + size, all.length)));
  events.end();
  said += lines.end();
  assert.ok(said.endsWith('\n'));
  return said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line); // as: our own
}

function event(delta: object, more: object = {}): string {
  return `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;
}
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\n';
const done = 'data: [DONE]\n\n';

test('tells words, thoughts and figures as Ollama does, however the bytes are torn', () => {
  const bytes =
    ': comment\n\n' +
    event({ role: 'assistant', content: null }) +
    event({ reasoning_content: 'Hm — ' }) +
    event({ reasoning: '世' }) +
    event({ content: 'Hé' }).replaceAll('\n', '\r\n') +
    event({ content: 'llo 😀\n"x"' }) +
    event({}, { finish_reason: 'length' }) +
    usage +
    done;
  const whole = read(bytes);
  for (const size of [1, 2, 3, 7, 64]) {
    const torn = read(bytes, size);
    assert.deepEqual(
      torn.map(({ message, done: isDone }) => [message, isDone]),
      whole.map(({ message, done: isDone }) => [message, isDone]),
    );
  }
  assert.deepEqual(
    whole.map(({ message }) => message),
    [
      { role: 'assistant', content: '', thinking: 'Hm — ' },
      { role: 'assistant', content: '', thinking: '世' },
      { role: 'assistant', content: 'Hé' },
      { role: 'assistant', content: 'llo 😀\n"x"' },
      { role: 'assistant', content: '' },
    ],
  );
  const last = whole.at(-1)!; // there are five
  assert.deepEqual(
    [last['done'], last['done_reason'], last['prompt_eval_count'], last['eval_count'], last['model']],
    [true, 'length', 7, 3, 'm'],
  );
  assert.ok(Number(last['eval_duration']) > 0 && Number(last['total_duration']) > Number(last['eval_duration']));
});

test('tells calls of tools as a whole, behind what was said', () => {
  const bytes =
    event({ content: 'Let me see.' }) +
    event({ tool_calls: [{ index: 0, id: 'a', function: { name: 'look', arguments: '{"at"' } }] }) +
    event({ tool_calls: [{ index: 1, id: 'b', function: { name: 'listen', arguments: '' } }] }) +
    event({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }) +
    event({}, { finish_reason: 'tool_calls' }) +
    done;
  const lines = read(bytes, 5);
  assert.deepEqual((lines[1]!['message'] as Line)['tool_calls'], [
    { function: { name: 'look', arguments: { at: 1 } } },
    { function: { name: 'listen', arguments: {} } },
  ]);
  assert.deepEqual([lines.length, lines[2]!['done_reason']], [3, 'stop']);
});

test('a completion says its text, as a response', () => {
  const bytes = `data: {"choices":[{"text":"Hi"}]}\n\ndata: {"choices":[{"text":"","finish_reason":"stop"}]}\n\n`;
  const lines = read(bytes, 3, 'generate');
  assert.deepEqual([lines[0]!['response'], lines[1]!['response'], lines[1]!['done']], ['Hi', '', true]);
});

test('an answer that comes as a whole is one object', () => {
  const lines = new OllamaLines({ model: 'm', shape: 'chat' });
  const answer = JSON.parse(
    lines.whole(
      JSON.stringify({
        choices: [{ message: { content: 'Hi', reasoning_content: 'Hm' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 2 },
      }),
    ),
  ) as Line; // as: our own
  assert.deepEqual(answer['message'], { role: 'assistant', content: 'Hi', thinking: 'Hm' });
  assert.deepEqual([answer['done'], answer['eval_count']], [true, 2]);
});

test('says what is wrong with a stream, and takes nothing that is broken for an answer', () => {
  const cases: [name: string, bytes: string, words: RegExp][] = [
    ["OpenAI's error", 'data: {"error":{"message":"out of memory"}}\n\n', /^out of memory$/],
    ["llama.cpp's error", 'error: {"code":500,"message":"slot lost","type":"server_error"}\n\n', /^slot lost$/],
    ['an error as text', 'data: {"error":"no"}\n\n', /^no$/],
    ['no JSON', 'data: hello\n\n', /not a JSON object/],
    ['a list', 'data: []\n\n', /not a JSON object/],
    ['no end', event({ content: 'Half' }), /mid-answer/],
    ['nothing', '', /mid-answer/],
    [
      'broken arguments',
      event({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{' } }] }) + done,
      /broken/,
    ],
    [
      'tools without end',
      event({ tool_calls: Array.from({ length: 200 }, (_, index) => ({ index })) }) + done,
      /more tools/,
    ],
    ['an event without end', `data: ${'x'.repeat(1024 * 1024 + 10)}`, /more than/],
    ['lines without end', `data: ${'x'.repeat(600_000)}\n`.repeat(2), /more than/],
  ];
  for (const [name, bytes, words] of cases) {
    assert.throws(
      () => read(bytes),
      (error) => error instanceof AnswerFault && words.test(error.message),
      name,
    );
  }
});

test('survives whatever an engine sends, in lines that are JSON or with a fault of the engine', () => {
  const good = event({ content: 'Hello 世界' }) + event({}, { finish_reason: 'stop' }) + usage + done;
  let state = 1;
  const random = (below: number): number => (state = (state * 1103515245 + 12345) % 2147483648) % below;
  const junk = [
    '"',
    '{',
    '}',
    '\n\n',
    'data:',
    '\\',
    'null',
    '1e999',
    '[',
    ']',
    '\u0000',
    'error: ',
    '"choices":',
    '🙂',
  ];
  let answers = 0;
  for (let round = 0; round < 2000; round++) {
    let bytes = good;
    for (let change = random(4); change >= 0; change--) {
      const at = random(bytes.length);
      bytes = bytes.slice(0, at) + junk[random(junk.length)]! + bytes.slice(at + random(6));
    }
    try {
      assert.ok(read(bytes, 1 + random(40)).length > 0);
      answers++;
    } catch (error) {
      assert.ok(error instanceof AnswerFault, String(error));
    }
  }
  assert.ok(answers > 100 && answers < 2000, `${answers} of 2000 were answers`);
});
