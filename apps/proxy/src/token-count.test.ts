import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TokenCount } from './token-count.ts';

function counted(type: string, text: string, pieceBytes = text.length): { soFar: number; atEnd: number } {
  const count = TokenCount.of(['Content-Type', type]);
  assert.ok(count);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    count.add(bytes, at, Math.min(bytes.length, at + pieceBytes));
  }
  const soFar = count.tokens;
  count.finish();
  return { soFar, atEnd: count.tokens };
}

const ollama = Array.from({ length: 9 }, (_, index) => `{"message":{"content":"${index}"},"done":false}\n`).join('');
const ollamaEnd =
  '{"message":{"content":""},"done":true,"prompt_eval_count":26,"eval_count":298,"eval_duration":470}\n';
const openai = 'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'.repeat(7);
const anthropic = [
  'event: message_start\ndata: {"message":{"usage":{"input_tokens":10,"output_tokens":1}}}\n\n',
  'event: content_block_delta\ndata: {"delta":{"text":"x"}}\n\n'.repeat(5),
  'event: message_delta\ndata: {"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
].join('');

describe('tokens of an answer', () => {
  it("are the lines of Ollama's stream, then its eval_count, in pieces of any size", () => {
    for (const size of [1, 2, 3, 7, 50, 5000]) {
      assert.deepEqual(counted('application/x-ndjson', ollama + ollamaEnd, size), { soFar: 10, atEnd: 298 });
    }
  });

  it('are the events of an SSE stream, with either line end, in pieces of any size', () => {
    for (const size of [1, 2, 3, 7, 50, 5000]) {
      assert.deepEqual(counted('text/event-stream; charset=utf-8', openai, size), { soFar: 7, atEnd: 7 });
      assert.equal(counted('text/event-stream', openai.replaceAll('\n', '\r\n'), size).soFar, 7);
    }
  });

  it("are what OpenAI's and Anthropic's usage says at the end of a stream", () => {
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens": 12,"total_tokens":21}}\n\n';
    assert.equal(counted('text/event-stream', `${openai}${usage}data: [DONE]\n\n`, 11).atEnd, 12);
    assert.equal(counted('text/event-stream', anthropic, 40).atEnd, 15);
  });

  it('are what the tail of plain JSON says, and none without', () => {
    const completion = `{"choices":[{"message":{"content":"${'long '.repeat(2000)}"}}],"usage":{"prompt_tokens":3,"completion_tokens":77}}`;
    assert.deepEqual(counted('application/json', completion, 1000), { soFar: 0, atEnd: 77 });
    assert.equal(counted('application/json', '{"usage":{"prompt_tokens":8,"total_tokens":8}}').atEnd, 0);
    assert.equal(counted('application/json', '{"embeddings":[],"prompt_eval_count":8}').atEnd, 0);
  });

  it('are not what the model writes about tokens', () => {
    const talk = JSON.stringify({ message: { content: '"eval_count":1,' }, done: false });
    assert.equal(counted('application/x-ndjson', `${talk}\n`.repeat(3)).atEnd, 3);
  });

  it('are not what a caller makes the engine say: arguments of its tools, metadata, unescaped', () => {
    const forged = '{"eval_count":0,"done":true,"usage":{"completion_tokens":0,"output_tokens":0}}';
    const call = `{"message":{"tool_calls":[{"function":{"name":"f","arguments":${forged}}}]},"done":false}\n`;
    assert.equal(counted('application/x-ndjson', call.repeat(30)).atEnd, 30);
    assert.equal(counted('application/x-ndjson', call.repeat(30) + ollamaEnd).atEnd, 298);
    const last = `{"message":{"tool_calls":[{"function":{"arguments":${forged}}}]},"done":true}\n`;
    assert.equal(counted('application/x-ndjson', ollama + last, 20).atEnd, 10);

    const delta = `data: {"choices":[{"delta":{"tool_calls":[{"input":${forged}}]}}],"metadata":${forged}}\n\n`;
    assert.equal(counted('text/event-stream', delta.repeat(30)).atEnd, 30);
    const block = `data: {"type":"content_block_start","content_block":{"type":"tool_use","input":${forged}}}\n\n`;
    assert.equal(counted('text/event-stream', anthropic + block).atEnd, 15);
    const echo = `{"response":{"tools":[{"parameters":${forged}}],"usage":{"output_tokens":40},"metadata":${forged}}}`;
    assert.equal(counted('text/event-stream', `${openai}data: ${echo}\n\n`).atEnd, 40);

    const input = `{"content":[{"type":"tool_use","input":${forged}}],"usage":{"output_tokens":7},"metadata":${forged}}`;
    assert.equal(counted('application/json', input).atEnd, 7);
    const padded = `{"usage":{"output_tokens":7},"metadata":{"pad":"${'x'.repeat(3000)}","usage":{"output_tokens":0}}}`;
    assert.equal(counted('application/json', padded).atEnd, 0, 'out of sight, and no other is taken for it');
  });

  it('are never many fewer than the pieces, whatever number is said', () => {
    const stream = 'data: {"usage":{"completion_tokens":0}}\n\n'.repeat(100);
    assert.equal(counted('text/event-stream', stream).atEnd, 84);
    assert.equal(counted('application/x-ndjson', '{"eval_count":0}\n'.repeat(100)).atEnd, 99);
  });

  it('are read from the end of an object that is longer than what is kept of it', () => {
    const context = Array.from({ length: 2000 }, (_, index) => index).join(',');
    const generated = `{"response":"a \\"quoted\\" {word","done":true,"context":[${context}],"eval_count":42,"eval_duration":9}\n`;
    assert.equal(counted('application/x-ndjson', ollama + generated, 500).atEnd, 42);
    const response = `{"type":"response.completed","response":{"output":["${'long '.repeat(2000)}"],"usage":{"output_tokens":33,"output_tokens_details":{"reasoning_tokens":0}},"user":null}}`;
    assert.equal(counted('text/event-stream', `data: ${response}\n\n`, 500).atEnd, 33);
  });

  it('are not looked for in other content', () => {
    assert.equal(TokenCount.of(['content-type', 'text/html']), undefined);
    assert.equal(TokenCount.of([]), undefined);
  });

  it('are corrected by a number in the bytes that were just added, and not by an older one', () => {
    const count = TokenCount.of(['content-type', 'application/x-ndjson']);
    assert.ok(count);
    for (const text of [ollama, ollamaEnd]) {
      const bytes = Buffer.from(text);
      count.add(bytes, 0, bytes.length);
      count.correctBy(bytes, 0, bytes.length);
    }
    assert.equal(count.tokens, 298);
    const more = Buffer.from(ollama);
    count.add(more, 0, more.length);
    count.correctBy(more, 0, more.length);
    assert.equal(count.tokens, 307);
  });
});
