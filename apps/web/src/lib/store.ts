/** A value that changes, and who wants to know: React subscribes, nothing lives in it. */
export type ReadableStore<T> = { get: () => T; subscribe: (listener: () => void) => () => void };
export type Store<T> = ReadableStore<T> & { set: (next: T) => void; update: (change: (current: T) => T) => void };

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const set = (next: T): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => value,
    set,
    update: (change) => set(change(value)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
