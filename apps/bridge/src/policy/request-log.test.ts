import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange, ExchangeReceiver } from '@cloudtolocalllm/protocol';
import { logExchange } from './log-exchange.ts';
import { requestLine, type RequestRecord } from './request-log.ts';

const request = { method: 'POST', path: '/api/chat?secret=1', headers: [] };
const link: Exchange = { id: 1, head() {}, write: () => true, end() {}, reset() {}, consumed() {} };

/** What is recorded of an exchange, to whose engine's side `course` happens. */
function recorded(course: (exchange: Exchange, receiver: ExchangeReceiver) => void): RequestRecord[] {
  const records: RequestRecord[] = [];
  let inner: Exchange | undefined;
  let now = 1000;
  const receiver = logExchange(
    request,
    link,
    (exchange) => {
      inner = exchange;
      return { data() {}, end() {}, reset() {} };
    },
    (record) => records.push(record),
    () => (now += 250),
  );
  assert.ok(inner);
  course(inner, receiver);
  return records;
}

const answer = (text: string): RequestRecord | undefined =>
  recorded((exchange) => {
    exchange.head(200, []);
    exchange.write(Buffer.from(text));
    exchange.end();
  })[0];

test('a request is told once, with its model, size and time, and without its query', () => {
  const text = '{"model":"llama3.2","created_at":"2026-11-28T12:00:00Z","message":{"content":"my secret"}}\n';
  const records = recorded((exchange, receiver) => {
    receiver.data(Buffer.from('{"messages":[{"content":"my secret"}]}'));
    exchange.head(200, []);
    exchange.write(Buffer.from(text));
    exchange.write(Buffer.from(text));
    exchange.end();
    receiver.reset('cancelled', '');
  });
  assert.equal(records.length, 1);
  const line = requestLine(records[0]!, 'all'); // its length is 1
  assert.equal(line, `request POST /api/chat llama3.2 200 ${text.length * 2} B 250 ms`);
});

test('the model is taken from how an answer begins, never from content', () => {
  assert.equal(answer('data: {"id":"x","object":"chunk","created":17,"model":"qwen3","choices":[]}')?.model, 'qwen3');
  assert.equal(answer('{"message":{"content":"\\"model\\":\\"x\\""},"model":"my secret"}')?.model, undefined);
  assert.equal(answer('"model":"my secret"')?.model, undefined);
  assert.equal(answer('')?.model, undefined);
});

test('what fails is told with its code, also when who asked went away', () => {
  const [denied] = recorded((exchange) => exchange.reset('policy_denied', 'why'));
  assert.equal(requestLine(denied!, 'errors'), 'request POST /api/chat - - 0 B 250 ms policy_denied'); // one was recorded
  const [gone] = recorded((_exchange, receiver) => receiver.reset('cancelled', ''));
  assert.match(requestLine(gone!, 'errors') ?? '', / cancelled$/); // one was recorded
});

test('the setting says which requests are told; control characters never are', () => {
  const record: RequestRecord = {
    method: 'GET',
    path: `/\u001b[31m${'x'.repeat(500)}`,
    model: 'a\nb',
    status: 200,
    bytes: 1,
    durationMs: 1.6,
    error: undefined,
  };
  assert.equal(requestLine(record, 'none'), undefined);
  assert.equal(requestLine(record, 'errors'), undefined);
  assert.match(requestLine({ ...record, status: 404 }, 'errors') ?? '', / 404 1 B 2 ms$/);
  assert.match(requestLine(record, 'all') ?? '', /^[\x20-\x7e]{30,250}$/);
});
