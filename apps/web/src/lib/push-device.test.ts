import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PushSubscription } from '@cloudtolocalllm/sdk';
import { createPushDevice, type PushDeviceOptions } from './push-device.ts';

/** A browser that may show notifications, and a relay that knows these subscriptions. */
function setUp() {
  const kept = new Map<string, string>();
  let isOn = false;
  const subscription = { toJSON: () => ({}), unsubscribe: async () => ((isOn = false), true) };
  const pushManager = {
    getSubscription: async () => (isOn ? subscription : null),
    subscribe: async () => ((isOn = true), subscription),
  };
  const page = {
    navigator: { serviceWorker: { getRegistration: async () => ({ pushManager }) } },
    localStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    },
    Notification: { permission: 'granted', requestPermission: async () => 'granted' },
  } as unknown as PushDeviceOptions['page']; // as: what the device uses of it
  const relay: { subscriptions: PushSubscription[] } = { subscriptions: [] };
  const device = createPushDevice(page, {
    get: async () => ({ publicKey: 'key', subscriptions: relay.subscriptions }),
    subscribe: async () => {
      const mine = { id: 'push-1', created: '2026-01-01T00:00:00.000Z', endpointOrigin: 'https://push.example' };
      relay.subscriptions = [mine];
      return mine;
    },
    unsubscribe: async () => void (relay.subscriptions = []),
  });
  return { device, relay };
}

test('shows notifications only while the relay knows of it too', async () => {
  const { device, relay } = setUp();
  assert.equal(await device.state(), 'off');
  await device.enable('key');
  assert.equal(await device.state(), 'on');
  relay.subscriptions = [];
  assert.equal(await device.state(), 'off');
  await device.enable('key');
  assert.equal(await device.state(), 'on');
});
