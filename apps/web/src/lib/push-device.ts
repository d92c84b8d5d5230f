import type { Client } from '@cloudtolocalllm/sdk';

/** `denied`: only the browser's own settings can change it. `needsInstall`: iOS shows them for installed apps only. */
export type PushDeviceState = 'unsupported' | 'needsInstall' | 'denied' | 'off' | 'on';

export type PushDevice = {
  /** Of the browser and the relay: both must know of it. */
  state(): Promise<PushDeviceState>;
  /** The id of this browser's subscription, as the relay calls it. */
  id(): string | undefined;
  /** Asks the person, then the push service, then the relay; `default` when the person left the question open. */
  enable(publicKey: string): Promise<NotificationPermission>;
  disable(): Promise<void>;
};

export type PushDeviceOptions = {
  page: {
    navigator: Navigator;
    localStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
    Notification?: Pick<typeof Notification, 'permission' | 'requestPermission'>;
  };
  calls: Pick<Client['push'], 'get' | 'subscribe' | 'unsubscribe'>;
};

const KEY = 'cloudtolocalllm.push';

/** Notifications on this device. */
export function createPushDevice(page: PushDeviceOptions['page'], calls: PushDeviceOptions['calls']): PushDevice {
  const { navigator, localStorage, Notification } = page;
  const manager = async (): Promise<PushManager | undefined> => {
    // Absent outside of secure contexts, and on iOS in a tab.
    const container = navigator.serviceWorker as ServiceWorkerContainer | undefined; // as: see above
    const registration = await container?.getRegistration();
    return registration?.pushManager;
  };
  const id = (): string | undefined => localStorage.getItem(KEY) ?? undefined;

  async function disable(): Promise<void> {
    const known = id();
    const subscription = await (await manager())?.getSubscription();
    await subscription?.unsubscribe();
    localStorage.removeItem(KEY);
    if (known !== undefined) await calls.unsubscribe(known);
  }

  return {
    id,
    disable,
    async state() {
      const found = await manager();
      if (found === undefined || Notification === undefined) {
        // Safari's own field: false in a tab of a system that could install it.
        return 'standalone' in navigator && navigator.standalone === false ? 'needsInstall' : 'unsupported';
      }
      if (Notification.permission === 'denied') return 'denied';
      const known = id();
      if (known === undefined || (await found.getSubscription()) === null) return 'off';
      // The relay drops what a push service refuses, and what was taken out on another device.
      const { subscriptions } = await calls.get();
      return subscriptions.some((one) => one.id === known) ? 'on' : 'off';
    },
    async enable(publicKey) {
      const permission = (await Notification?.requestPermission()) ?? 'denied';
      const found = await manager();
      if (permission !== 'granted' || found === undefined) return permission;
      // An earlier one may be for another key, or of someone who has left.
      await (await found.getSubscription())?.unsubscribe();
      const subscription = await found.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
      try {
        const { endpoint = '', keys = {} } = subscription.toJSON();
        const { p256dh = '', auth = '' } = keys;
        localStorage.setItem(KEY, (await calls.subscribe({ endpoint, keys: { p256dh, auth } })).id);
      } catch (error) {
        await subscription.unsubscribe();
        throw error;
      }
      return permission;
    },
  };
}
