import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activity } from '../daemon/activity.ts';
import type { ObservedRequest, RequestRecord } from '../daemon/observed-request.ts';
import { requestLine } from './request-log.ts';

/** What is recorded of a request whose course is this. */
function recorded(course: (request: ObservedRequest) => void): RequestRecord[] {
  let now = 1000;
  const activity = new Activity(() => now);
  const records: RequestRecord[] = [];
  activity.onEnded((record) => records.push(record));
  const request = activity.began({ method: 'POST', path: '/api/chat?secret=1' });
  now += 250;
  course(request);
  return records;
}

test('a request is told once, with its model, size and time, and without its query', () => {
  const text = '{"model":"llama3.2","created_at":"2026-11-28T12:00:00Z","message":{"content":"my secret"}}\n';
  const records = recorded((request) => {
    request.answered(200);
    request.wrote(Buffer.from(text));
    request.wrote(Buffer.from(text));
    request.ended();
    request.ended('cancelled');
  });
  assert.equal(records.length, 1);
  const line = requestLine(records[0]!, 'all'); // its length is 1
  assert.equal(line, `request POST /api/chat llama3.2 200 ${text.length * 2} B 250 ms`);
});

test('what fails is told with its code', () => {
  const [denied] = recorded((request) => request.ended('policy_denied'));
  assert.equal(requestLine(denied!, 'errors'), 'request POST /api/chat - - 0 B 250 ms policy_denied'); // one was recorded
});

test('the setting says which requests are told; control characters never are', () => {
  const record: RequestRecord = {
    id: 1,
    startedAt: 0,
    engine: undefined,
    speed: undefined,
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
