import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { RetryWait } from './retry-wait.ts';

const LONG_MS = 2 ** 30;

test('ends after its time, when it is told to, and with its signal', async (t) => {
  const pause = new RetryWait();
  const stop = new AbortController();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const timed = pause.wait(1000, stop.signal);
  t.mock.timers.tick(1000);
  await timed;
  const told = pause.wait(LONG_MS, stop.signal);
  pause.end();
  await told;
  const aborted = pause.wait(LONG_MS, stop.signal);
  stop.abort();
  await aborted;
  await pause.wait(LONG_MS, stop.signal);
});

test('leaves no listener behind, and what comes too early is no word for the next wait', async (t) => {
  const pause = new RetryWait();
  const { signal } = new AbortController();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  pause.end();
  for (let time = 0; time < 100; time++) {
    const waiting = pause.wait(1000, signal);
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    t.mock.timers.tick(1000);
    await waiting;
    pause.end();
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});
