import { useSyncExternalStore } from 'react';
import type { ReadableStore } from './store.ts';

/** A store's value, or the part that `select` names; the part must be the same object while it is unchanged. */
export function useStore<T>(store: ReadableStore<T>): T;
export function useStore<T, Part>(store: ReadableStore<T>, select: (value: T) => Part): Part;
export function useStore<T>(store: ReadableStore<T>, select: (value: T) => unknown = (value) => value): unknown {
  const read = (): unknown => select(store.get());
  return useSyncExternalStore(store.subscribe, read, read);
}
