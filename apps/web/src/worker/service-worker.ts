import { openDatabase, resultOf } from '../lib/offline/database.ts';
import { noticeIn, notificationOf } from './notification.ts';
import { createShellCache, type Shell } from './shell-cache.ts';

/** Written by the build, see build/service-worker-plugin.ts. */
declare const BUILT_SHELL: Shell;
declare const self: ServiceWorkerGlobalScope;

const { caches, location } = self;
const shell = createShellCache({
  shell: BUILT_SHELL,
  caches,
  // as: what a worker is asked is a whole Request
  fetch: (request) => self.fetch(request as Request),
  origin: location.origin,
});

self.addEventListener('install', (event) => event.waitUntil(shell.install()));
self.addEventListener('activate', (event) => event.waitUntil(Promise.all([shell.tidy(), self.clients.claim()])));
self.addEventListener('fetch', (event) => {
  const answer = shell.answer(event.request);
  if (answer) event.respondWith(answer);
});
self.addEventListener('message', ({ data }: ExtendableMessageEvent) => {
  // The person has chosen to load the new version.
  if (data === 'take-over') void self.skipWaiting();
});

self.addEventListener('push', (event) => event.waitUntil(show(event.data)));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { path } = event.notification.data as { path: string }; // as: given in notification.ts
  event.waitUntil(open(path));
});

async function show(data: PushMessageData | null): Promise<void> {
  const { title, options } = notificationOf(noticeIn(data), [await language(), ...self.navigator.languages]);
  await self.registration.showNotification(title, options);
}

/** What the app speaks; empty when nobody is signed in here. */
async function language(): Promise<string> {
  try {
    const database = await openDatabase(self.indexedDB);
    const found: unknown = await resultOf(database.transaction('facts').objectStore('facts').get('language'));
    database.close();
    return typeof found === 'string' ? found : '';
  } catch {
    return '';
  }
}

/** In a tab that is there already, the visible one first; else in a new one. */
async function open(path: string): Promise<void> {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const tab = tabs.find(({ visibilityState }) => visibilityState === 'visible') ?? tabs[0];
  if (tab === undefined) return void (await self.clients.openWindow(path));
  // Browsers let a press on a notification do it; where they don't, the tab is led there all the same.
  await tab.focus().catch(() => {});
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- clients are of this origin
  tab.postMessage({ type: 'open', path });
}
