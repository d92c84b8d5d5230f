import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@cloudtolocalllm/sdk';
import type { Computers } from './computers.ts';
import { createConnection } from './connection.ts';
import { describeFailure } from './failure.ts';
import { createStore } from './store.ts';

function setUp(hostname: string) {
  const listeners = new Map<string, () => void>();
  const navigator = { onLine: true };
  const isLive = createStore(false);
  const computers = createStore<Computers>({ phase: 'loading', list: [] });
  const isOffline = createConnection({
    page: {
      addEventListener: ((name: string, listener: () => void) =>
        listeners.set(name, listener)) as unknown as Window['addEventListener'], // as: only plain events are listened to
      location: { hostname } as Location, // as: all that is read
      navigator: navigator as Navigator, // as: all that is read
    },
    isLive,
    computers,
  });
  const turn = (onLine: boolean): void => {
    navigator.onLine = onLine;
    listeners.get(onLine ? 'online' : 'offline')?.();
  };
  return { isOffline, isLive, computers, turn };
}

test('a page without a network is offline at once', () => {
  const { isOffline, isLive, turn } = setUp('relay.example');
  isLive.set(true);
  turn(false);
  assert.equal(isOffline.get(), true);
  turn(true);
  assert.equal(isOffline.get(), false);
});

test('a relay on the same computer needs no network', () => {
  const { isOffline, isLive, turn } = setUp('localhost');
  isLive.set(true);
  turn(false);
  assert.equal(isOffline.get(), false);
  isLive.set(false);
  assert.equal(isOffline.get(), true);
});

test('a relay that does not answer is out of reach, one that refuses is not', () => {
  const { isOffline, isLive, computers } = setUp('relay.example');
  const failing = (code: 'network_error' | 'forbidden'): void =>
    computers.set({ phase: 'failing', list: [], failure: describeFailure(new ApiError('no', { status: 0, code })) });
  failing('network_error');
  assert.equal(isOffline.get(), true);
  isLive.set(true);
  assert.equal(isOffline.get(), false);
  isLive.set(false);
  failing('forbidden');
  assert.equal(isOffline.get(), false);
});
