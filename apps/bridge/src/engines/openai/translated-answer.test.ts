import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '@cloudtolocalllm/protocol';
import { TranslatedAnswer } from './translated-answer.ts';
import type { AnswerShape } from './translate-request.ts';

/** JSON.parse takes it, JSON.stringify runs out of stack. */
const DEEP = '['.repeat(200_000) + ']'.repeat(200_000);

/** What is told of this answer of an engine. */
function translated(shape: AnswerShape, status: number, type: string, body: string): { status: number; body: string } {
  const said = { status: 0, body: '' };
  const exchange: Exchange = {
    id: 1,
    head: (code) => void (said.status = code),
    write(chunk: Buffer) {
      said.body += chunk.toString();
      return true;
    },
    end() {},
    reset: (code) => void (said.body += code),
    consumed() {},
  };
  const answer = new TranslatedAnswer(exchange, { model: 'm', shape, isStreamed: shape === 'chat', stop() {} });
  answer.head(status, ['content-type', type]);
  answer.write(Buffer.from(body));
  answer.end();
  return said;
}

test('what an engine nests too deeply to be told again is its fault, and does not end the bridge', () => {
  const fault = '{"error":"The engine answered with something that is nested too deeply."}';
  const json = 'application/json';
  assert.deepEqual(translated('embed', 200, json, `{"data":[{"embedding":${DEEP}}]}`), { status: 502, body: fault });
  assert.deepEqual(translated('chat', 500, json, `{"error":${DEEP}}`), { status: 502, body: fault });
  const call = { index: 0, function: { name: 'f', arguments: `{"a":${DEEP}}` } };
  const events = [
    `{"error":${DEEP}}`,
    JSON.stringify({ choices: [{ delta: { tool_calls: [call] }, finish_reason: 'stop' }] }),
  ];
  for (const event of events) {
    const { body } = translated('chat', 200, 'text/event-stream', `data: ${event}\n\n`);
    assert.equal(body, `${fault}\n`);
  }
});
