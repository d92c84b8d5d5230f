import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessVitals, type ProcessProbes } from './process-vitals.ts';

/** A process whose clock and figures are set by hand. */
function process() {
  const state = { now: 0, cpuMs: 0, running: 0 };
  const histograms: { p99: number }[] = [];
  const probes: ProcessProbes = {
    now: () => state.now,
    cpuMs: () => state.cpuMs,
    delays() {
      const histogram = { p99: 20 };
      histograms.push(histogram);
      return {
        percentile: (percentile) => (percentile === 99 ? histogram.p99 * 1e6 : 0),
        reset: () => void (histogram.p99 = 20),
        enable: () => ++state.running > 0,
        disable: () => --state.running >= 0,
      };
    },
  };
  return { state, histograms, probes };
}

test('reckons the processor time of the last minute', () => {
  const { state, probes } = process();
  using vitals = new ProcessVitals(probes);
  assert.equal(vitals.cpuPercent, 0);
  const advance = (seconds: number, percent: number) => {
    for (let passed = 0; passed < seconds; passed += 5) {
      state.now += 5_000;
      state.cpuMs += 50 * percent;
      vitals.sample();
    }
  };
  advance(30, 80);
  assert.equal(vitals.cpuPercent, 80);
  advance(30, 20);
  assert.equal(vitals.cpuPercent, 50);
  advance(30, 20);
  assert.equal(vitals.cpuPercent, 20);
});

test('forgets after a minute how late the event loop was, and never while it is', () => {
  const { state, histograms, probes } = process();
  using vitals = new ProcessVitals(probes);
  assert.equal(vitals.delayMs, 0);
  for (const histogram of histograms) histogram.p99 = 320;
  assert.equal(vitals.delayMs, 300);
  state.now = 30_000;
  vitals.sample();
  assert.equal(vitals.delayMs, 300);
  state.now = 60_000;
  vitals.sample();
  assert.equal(vitals.delayMs, 0);
});

test('is settled when the start is no longer most of what it measured, and stops measuring when disposed', () => {
  const { state, probes } = process();
  const vitals = new ProcessVitals(probes);
  assert.equal(vitals.settled, false);
  assert.equal(state.running, 2);
  state.now = 15_000;
  assert.equal(vitals.settled, true);
  vitals[Symbol.dispose]();
  assert.equal(state.running, 0);
});

test('sees that the event loop of this very process is blocked', async () => {
  using vitals = new ProcessVitals();
  while (vitals.delayMs < 100) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    for (const until = performance.now() + 200; performance.now() < until;);
  }
  assert.ok(vitals.cpuPercent > 10, `${vitals.cpuPercent} %`);
});
