import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExitedWorker, workerEnd } from './worker-end.ts';

const exited: ExitedWorker = {
  code: null,
  signal: null,
  stderr: '',
  destroyed: false,
  ranOutOfMemory: false,
  memoryBytes: 64 * 1024 * 1024,
  memory: 'cgroup-v1',
};

const UNCAUGHT = `file:///main.js:3
  throw new TypeError('no such thing');
        ^

TypeError: no such thing
    at file:///main.js:3:9

Node.js v24.21.0
`;

test('the kernel ended it for its memory', () => {
  assert.deepEqual(workerEnd({ ...exited, signal: 'SIGKILL', ranOutOfMemory: true }), {
    cause: 'out_of_memory',
    detail: 'Its process ran out of memory (limit 64MB, cgroup-v1, signal SIGKILL)',
  });
});

for (const stderr of [
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  "terminate called after throwing an instance of 'std::bad_alloc'",
  'RangeError: Failed to allocate memory',
  'Error: spawn ENOMEM',
  '# Fatal process out of memory: Zone',
]) {
  test(`it ended itself for want of memory: ${stderr}`, () => {
    const { cause, detail } = workerEnd({
      ...exited,
      signal: 'SIGABRT',
      stderr: `\n<--- Last few GCs --->\n\n${stderr}\n`,
    });
    assert.equal(cause, 'out_of_memory');
    assert.match(detail, /64MB/);
  });
}

test('somebody killed it', () => {
  assert.deepEqual(workerEnd({ ...exited, signal: 'SIGKILL' }), {
    cause: 'killed',
    detail: 'Its process was killed (signal SIGKILL)',
  });
});

test('it failed: the error is named, not the last line of what Node says of it', () => {
  assert.deepEqual(workerEnd({ ...exited, code: 1, stderr: UNCAUGHT }), {
    cause: 'failed',
    detail: 'Its process ended (exit code 1): TypeError: no such thing',
  });
});

test('it ended without a word', () => {
  assert.equal(workerEnd({ ...exited, code: 0 }).detail, 'Its process ended (exit code 0)');
});

test('its words are cut: they go into a status', () => {
  assert.ok(workerEnd({ ...exited, code: 1, stderr: 'x'.repeat(5_000) }).detail.length < 400);
});

test('the relay ended it, whatever else there is to say', () => {
  assert.equal(workerEnd({ ...exited, destroyed: true, signal: 'SIGKILL', ranOutOfMemory: true }).cause, 'destroyed');
});
