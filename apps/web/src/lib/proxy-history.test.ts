import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProxyStatus } from '@cloudtolocalllm/sdk';
import { bytesOf, createProxyHistory, MAX_SAMPLES, MAX_TRACKS } from './proxy-history.ts';

function status(proxyId: string, requests: number, more: Partial<ProxyStatus> = {}): ProxyStatus {
  return {
    proxyId,
    status: 'running',
    uptime: 1,
    metrics: { requests, bytesTransferred: requests * 100, avgResponseTime: 12, errorRate: 0.5, tokens: 3, running: 0 },
    resources: { memoryUsage: '48MB', cpuUsage: '15%' },
    bridgeId: 'bridge-1',
    endpoint: 'http://relay.example/proxy/1',
    driver: 'process',
    enforcement: { memory: 'none', cpu: 'none' },
    config: {},
    created: '2026-01-01T00:00:00.000Z',
    expires: '2026-01-01T01:00:00.000Z',
    ...more,
  };
}

function historyWithClock() {
  let now = 1_000_000;
  const history = createProxyHistory(() => now);
  return { history, tick: (milliseconds: number) => (now += milliseconds) };
}

describe('the history of proxies', () => {
  it('keeps what the relay tells of each, in numbers', () => {
    const { history, tick } = historyWithClock();
    const envelope = { id: '1', timestamp: '2026-01-01T00:00:00.000Z' };
    history.hear({ ...envelope, type: 'proxy', payload: { proxy: status('one', 1) } });
    tick(1000);
    history.hear({ ...envelope, type: 'proxy', payload: { proxy: status('one', 2) } });
    history.add(status('other', 9));
    assert.deepEqual(history.get().get('one')?.samples, [
      { at: 1000, requests: 1, bytes: 100, latency: 12, errors: 0.5, memory: 48 * 1024 ** 2, cpu: 15 },
      { at: 1001, requests: 2, bytes: 200, latency: 12, errors: 0.5, memory: 48 * 1024 ** 2, cpu: 15 },
    ]);
    assert.equal(history.get().get('one')?.status.metrics.requests, 2);
    assert.equal(history.get().get('other')?.samples.length, 1);
  });

  it('has no average before the first request', () => {
    const { history } = historyWithClock();
    history.add(status('one', 0));
    const [sample] = history.get().get('one')?.samples ?? [];
    assert.deepEqual([sample?.latency, sample?.errors, sample?.requests], [null, null, 0]);
  });

  it('takes the later of two that come at one moment', () => {
    const { history, tick } = historyWithClock();
    history.add(status('one', 1));
    tick(100);
    history.add(status('one', 2));
    assert.deepEqual(
      history
        .get()
        .get('one')
        ?.samples.map(({ requests }) => requests),
      [2],
    );
  });

  it('thins out the old figures instead of growing, and keeps the first and the last', () => {
    const { history, tick } = historyWithClock();
    const all = MAX_SAMPLES * 5;
    for (let count = 1; count <= all; count++) {
      history.add(status('one', count));
      tick(1000);
    }
    const samples = history.get().get('one')?.samples ?? [];
    assert.ok(samples.length <= MAX_SAMPLES && samples.length >= MAX_SAMPLES / 2, String(samples.length));
    assert.equal(samples[0]?.requests, 1);
    assert.equal(samples.at(-1)?.requests, all);
    assert.ok(samples.every(({ at }, index) => index === 0 || at > (samples[index - 1]?.at ?? Infinity)));
  });

  it('lets go of the proxy that was silent longest', () => {
    const { history } = historyWithClock();
    for (let count = 0; count < MAX_TRACKS; count++) history.add(status(`proxy-${count}`, 1));
    history.add(status('proxy-0', 2));
    history.add(status('proxy-new', 1));
    assert.equal(history.get().size, MAX_TRACKS);
    assert.ok(history.get().has('proxy-0'));
    assert.ok(!history.get().has('proxy-1'));
  });

  it('does not let an older answer bring back one that has ended', () => {
    const { history } = historyWithClock();
    history.add(status('one', 2, { status: 'terminated', ended: '2026-01-01T00:30:00.000Z', reason: 'deleted' }));
    history.add(status('one', 1));
    assert.equal(history.get().get('one')?.status.status, 'terminated');
  });

  it('reads amounts of memory as the relay writes them', () => {
    assert.equal(bytesOf('48MB'), 48 * 1024 ** 2);
    assert.equal(bytesOf('1.5 GB'), 1.5 * 1024 ** 3);
    assert.equal(bytesOf('unknown'), 0);
  });
});
