import type { Computers } from './computers.ts';
import { createStore, type ReadableStore } from './store.ts';

export type ConnectionOptions = {
  page: Pick<Window, 'addEventListener' | 'location' | 'navigator'>;
  isLive: ReadableStore<boolean>;
  computers: ReadableStore<Computers>;
};

/** Whether the relay is out of reach, as far as this page knows. */
export function createConnection({ page, isLive, computers }: ConnectionOptions): ReadableStore<boolean> {
  // A relay on this computer needs no network.
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(page.location.hostname);
  const isOffline = (): boolean => {
    if (!page.navigator.onLine && !isHere) return true;
    const { phase, failure } = computers.get();
    return !isLive.get() && (!page.navigator.onLine || (phase === 'failing' && failure?.code === 'network_error'));
  };
  const store = createStore(isOffline());
  const compare = (): void => store.set(isOffline());
  page.addEventListener('online', compare);
  page.addEventListener('offline', compare);
  isLive.subscribe(compare);
  computers.subscribe(compare);
  return { get: store.get, subscribe: store.subscribe };
}
