import type { Drafts } from './drafts.ts';
import { deleteDatabase } from './offline/database.ts';
import type { Preferences } from './preferences.ts';

export type ForgetOptions = {
  page: Pick<Window, 'indexedDB' | 'navigator' | 'setTimeout'>;
  drafts: Drafts;
  preferences: Preferences;
};

/** A service that does not answer must not keep anybody from signing out. */
const PATIENCE_MS = 3_000;

/** Takes from this browser all that it kept of its person: drafts, conversations, the subscription to notifications. */
export async function forgetPerson({ page, drafts, preferences }: ForgetOptions): Promise<void> {
  drafts.clear();
  preferences.clear();
  const parts = Promise.allSettled([deleteDatabase(page.indexedDB), endPush(page.navigator)]);
  await Promise.race([parts, new Promise((resolve) => page.setTimeout(() => resolve(undefined), PATIENCE_MS))]);
}

/** The relay learns of it from the push service, with the next notice. */
async function endPush({ serviceWorker }: Pick<Navigator, 'serviceWorker'>): Promise<void> {
  // Absent outside of secure contexts.
  const registration = await (serviceWorker as ServiceWorkerContainer | undefined)?.getRegistration(); // as: see above
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
}
