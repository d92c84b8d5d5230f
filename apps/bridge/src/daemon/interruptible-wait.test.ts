import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { InterruptibleWait } from './interruptible-wait.ts';

const LONG_MS = 2 ** 30;

test('ends after its time, when it is told to, and with its signal', async (t) => {
  const wait = new InterruptibleWait();
  const stop = new AbortController();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const timed = wait.take(1000, stop.signal);
  t.mock.timers.tick(1000);
  await timed;
  const told = wait.take(LONG_MS, stop.signal);
  wait.end();
  await told;
  const aborted = wait.take(LONG_MS, stop.signal);
  stop.abort();
  await aborted;
  await wait.take(LONG_MS, stop.signal);
});

test('leaves no listener behind, and what comes too early is no word for the next wait', async (t) => {
  const wait = new InterruptibleWait();
  const { signal } = new AbortController();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  wait.end();
  for (let time = 0; time < 100; time++) {
    const waiting = wait.take(1000, signal);
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    t.mock.timers.tick(1000);
    await waiting;
    wait.end();
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});
