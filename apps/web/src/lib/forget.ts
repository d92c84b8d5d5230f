import type { Drafts } from './drafts.ts';
import { deleteDatabase } from './offline/database.ts';
import type { Owner } from './owner.ts';
import type { Preferences } from './preferences.ts';
import type { PushDeviceOptions } from './push-device.ts';

export type ForgetOptions = {
  page: PushDeviceOptions['page'] & Pick<Window, 'indexedDB' | 'setTimeout'>;
  owner: Owner;
  drafts: Drafts;
  preferences: Preferences;
  push: PushDeviceOptions['calls'];
};

/** A service that does not answer must not keep anybody from signing out. */
const PATIENCE_MS = 3_000;

/** Takes from this browser all that it kept of its person: drafts, conversations, the subscription to notifications. */
export async function forgetPerson({ page, owner, drafts, preferences, push }: ForgetOptions): Promise<void> {
  owner.clear();
  drafts.clear();
  preferences.clear();
  const endPush = async (): Promise<void> => {
    const { createPushDevice } = await import('./push-device.ts');
    await createPushDevice(page, push).disable();
  };
  const parts = Promise.allSettled([deleteDatabase(page.indexedDB), endPush()]);
  await Promise.race([parts, new Promise((resolve) => page.setTimeout(() => resolve(undefined), PATIENCE_MS))]);
}
