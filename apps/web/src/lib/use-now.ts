import { useSyncExternalStore } from 'react';

const MINUTE_MS = 60_000;

/** The present minute, as epoch milliseconds; what is shown as "3 hours ago" stays true while nothing else changes. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
}

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, MINUTE_MS / 4);
  return () => clearInterval(timer);
}
