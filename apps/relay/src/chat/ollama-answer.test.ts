import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RelayError } from '../errors.ts';
import { engineErrorText, MAX_LINE_BYTES, OllamaAnswer } from './ollama-answer.ts';

const token = (content: string) =>
  `${JSON.stringify({ model: 'm', message: { role: 'assistant', content }, done: false })}\n`;
const done = (counts: object = { prompt_eval_count: 7, eval_count: 3 }) =>
  `${JSON.stringify({ model: 'm', message: { role: 'assistant', content: '' }, done: true, ...counts })}\n`;

function read(chunks: Iterable<Buffer>): { texts: string[]; totalTokens: number } {
  const texts: string[] = [];
  const answer = new OllamaAnswer({ text: (content) => texts.push(content) });
  for (const chunk of chunks) answer.push(chunk);
  return { texts, totalTokens: answer.end().totalTokens };
}

const engineError = (pattern: RegExp) => (error: unknown) => {
  assert(error instanceof RelayError);
  assert.equal(error.code, 'engine_error');
  assert.match(error.message, pattern);
  return true;
};

test('reads the same answer wherever its bytes are split', () => {
  const bytes = Buffer.from(token('Grüße') + token(' – 日本') + token(' 🦙\n') + done());
  const expected = { texts: ['Grüße', ' – 日本', ' 🦙\n'], totalTokens: 10 };
  assert.deepEqual(read([bytes]), expected);
  for (let size = 1; size < 40; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    assert.deepEqual(read(chunks), expected, `in chunks of ${size} bytes`);
  }
});

test('keeps reasoning and tool calls apart from the text', () => {
  const said: unknown[] = [];
  const answer = new OllamaAnswer({
    text: (text) => said.push({ text }),
    thinking: (thinking) => said.push({ thinking }),
    toolCall: (call) => said.push(call),
  });
  const tool_calls = [{ function: { name: 'weather', arguments: { city: 'Graz' } } }, { function: { name: 7 } }, 'x'];
  for (const message of [
    { content: '', thinking: 'Hm' },
    { content: 'It', thinking: '!' },
    { content: '', tool_calls },
  ]) {
    answer.push(Buffer.from(`${JSON.stringify({ message })}\n`));
  }
  assert.deepEqual(said, [
    { thinking: 'Hm' },
    { thinking: '!' },
    { text: 'It' },
    { name: 'weather', arguments: { city: 'Graz' } },
  ]);
});

test('tells the engine’s figures, its times in milliseconds', () => {
  const answer = new OllamaAnswer({ text() {} });
  answer.push(
    Buffer.from(
      done({
        prompt_eval_count: 26,
        prompt_eval_duration: 342_546_000,
        eval_count: 290,
        eval_duration: 4_799_921_000,
        load_duration: 3_013_701_500,
        total_duration: 'long',
      }),
    ),
  );
  const figures = { promptTokens: 26, answerTokens: 290, loadMs: 3013.7, promptMs: 342.55, answerMs: 4799.92 };
  assert.deepEqual(answer.end(), { totalTokens: 316, figures });
});

test('keeps no view into the chunks it was given', () => {
  const texts: string[] = [];
  const answer = new OllamaAnswer({ text: (content) => texts.push(content) });
  const chunk = Buffer.from(token('whole').slice(0, 20));
  answer.push(chunk);
  chunk.fill(0);
  answer.push(Buffer.from(token('whole').slice(20)));
  assert.deepEqual(texts, ['whole']);
});

test('takes CRLF, blank lines, keep-alive spaces and a last line without its end', () => {
  const text = token('a').replace('\n', '\r\n') + '\n \r\n' + ' '.repeat(30) + token('b') + done().trimEnd();
  assert.deepEqual(read([Buffer.from(text)]), { texts: ['a', 'b'], totalTokens: 10 });
});

test('counts the pieces when the engine counts nothing, and the answer when the prompt was cached', () => {
  assert.equal(read([Buffer.from(token('a') + token('b') + done({}))]).totalTokens, 2);
  assert.equal(read([Buffer.from(token('a') + done({ eval_count: 5 }))]).totalTokens, 5);
  assert.equal(read([Buffer.from(token('a') + done({ eval_count: -1 }))]).totalTokens, 0);
});

test('an error inside the stream is the engine’s error, after what was said', () => {
  const texts: string[] = [];
  const answer = new OllamaAnswer({ text: (content) => texts.push(content) });
  assert.throws(
    () => answer.push(Buffer.from(`${token('so far')}{"error":"an unknown error ${'x'.repeat(2000)}"}\n`)),
    (error: Error) => engineError(/an unknown error x+…$/)(error) && error.message.length < 600,
  );
  assert.deepEqual(texts, ['so far']);
});

test('an answer without its done line ended in mid-answer', () => {
  assert.throws(() => read([Buffer.from(token('half'))]), engineError(/mid-answer/));
  assert.throws(() => read([]), engineError(/mid-answer/));
});

test('refuses garbage, also at the end, and says nothing of it', () => {
  assert.throws(
    () => read([Buffer.from('secret garbage\n')]),
    (error: Error) => {
      assert.equal(error.cause, undefined);
      return engineError(/^The engine sent a line that is not JSON\.$/)(error);
    },
  );
  assert.throws(() => read([Buffer.from('{"message":')]), engineError(/not JSON/));
  for (const line of ['[]', '1', 'null', '"text"']) {
    assert.throws(() => read([Buffer.from(`${line}\n`)]), engineError(/not a JSON object/), line);
  }
});

test('ignores fields of other types', () => {
  const lines = '{"message":"x"}\n{"message":{"content":7}}\n{"message":null,"done":"true"}\n';
  assert.deepEqual(read([Buffer.from(lines + done())]), { texts: [], totalTokens: 10 });
});

test('a line that never ends is refused before it fills the memory', () => {
  const answer = new OllamaAnswer({ text() {} });
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  let pushed = 0;
  assert.throws(
    () => {
      for (; pushed < 10 * MAX_LINE_BYTES; pushed += chunk.length) answer.push(chunk);
    },
    engineError(/more than 1048576 bytes/),
  );
  assert(pushed <= MAX_LINE_BYTES);
  assert.throws(() => read([Buffer.from(`{"x":"${'y'.repeat(MAX_LINE_BYTES)}"}\n`)]), engineError(/more than/));
});

test('finds the engine’s own words in an error body', () => {
  assert.equal(engineErrorText('{"error":"no such thing"}'), 'no such thing');
  assert.equal(engineErrorText('{"error":{"message":"no such thing","type":"x"}}'), 'no such thing');
  assert.equal(engineErrorText('{"error":{"type":"x"}}'), '{"type":"x"}');
  assert.equal(engineErrorText('  Bad Gateway \n'), 'Bad Gateway');
  assert.equal(engineErrorText(''), '');
});
