import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestRecord } from '../daemon/observed-request.ts';

/** The page's own file has no types: what it exports, for this test. */
interface Words {
  stateWords(view: { state: string; pause: { isOn: boolean } }): string;
  errorWords(code: string): string;
  duration(milliseconds: number): string;
  size(bytes: number): string;
  clock(time: number, now: number): string;
  requestFacts(request: RequestRecord, isRunning: boolean): string[];
}
const address = new URL('../../assets/page/words.js', import.meta.url).href;
const words = (await import(address)) as Words; // as: above

test('says states and errors in words, and what it does not know as it is', () => {
  const off = { isOn: false };
  assert.equal(words.stateWords({ state: 'engine-down', pause: off }), 'No engine');
  assert.equal(words.stateWords({ state: 'offline', pause: { isOn: true } }), 'Paused');
  assert.equal(words.stateWords({ state: 'online', pause: { isOn: true } }), 'Online', 'while it finishes');
  assert.equal(words.errorWords('policy_denied'), 'not allowed by the policy');
  assert.equal(words.errorWords('http_503'), 'the engine answered 503');
  assert.equal(words.errorWords('of_tomorrow'), 'of_tomorrow');
});

test('says times and sizes as people do', () => {
  assert.deepEqual([0, 440, 9_940, 9_960, 59_400, 59_600, 200_000, 7_500_000].map(words.duration), [
    '0.0 s',
    '0.4 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 0 s',
    '3 min 20 s',
    '2 h 5 min',
  ]);
  assert.deepEqual([0, 999, 1_000, 9_940, 12_345, 999_600, 5_000_000_000].map(words.size), [
    '0 B',
    '999 B',
    '1.0 KB',
    '9.9 KB',
    '12 KB',
    '1.0 MB',
    '5.0 GB',
  ]);
  const noon = new Date(2026, 10, 28, 12, 0, 5).getTime();
  assert.equal(words.clock(noon, noon), '12:00:05');
  assert.equal(words.clock(noon, noon + 24 * 60 * 60_000), '28 Nov, 12:00:05');
});

test('says of a request what is known by then', () => {
  const startedAt = new Date().setHours(9, 0, 0, 0);
  const request: RequestRecord = {
    id: 1,
    startedAt,
    method: 'POST',
    path: '/api/chat',
    model: 'm',
    engine: undefined,
    status: undefined,
    durationMs: 1_500,
    bytes: 0,
    speed: undefined,
    error: undefined,
  };
  assert.deepEqual(words.requestFacts(request, true), ['09:00:00', '1.5 s', 'waiting for the engine']);
  const answering = { ...request, status: 200, bytes: 500, speed: { tokensPerSecond: 12.5, isCounted: false } };
  assert.deepEqual(words.requestFacts(answering, true), ['09:00:00', '1.5 s', '500 B', '≈ 12.5 tokens/s', 'answering']);
  const counted = { ...answering, speed: { tokensPerSecond: 12.5, isCounted: true } };
  assert.deepEqual(words.requestFacts(counted, false).slice(-2), ['12.5 tokens/s', 'done']);
  const named = { ...counted, engine: 'studio' };
  assert.deepEqual(words.requestFacts(named, false).slice(-3), ['12.5 tokens/s', 'studio', 'done']);
});
