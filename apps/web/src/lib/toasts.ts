import { createStore, type ReadableStore } from './store.ts';

/** A short word about what was just done, and the way to undo it. */
export type Toast = { id: number; text: string; action?: { label: string; run: () => void }; until: number };

export type Toasts = ReadableStore<readonly Toast[]> & {
  /** For six seconds, for `forMs`, or with Infinity until it is closed. */
  show(toast: Omit<Toast, 'id' | 'until'> & { forMs?: number }): void;
  dismiss(id: number): void;
  clear(): void;
};

const FOR_MS = 6_000;
/** More at once would cover the page. */
const MAX = 3;

export function createToasts(page: Pick<Window, 'setTimeout'>, now: () => number = Date.now): Toasts {
  const store = createStore<readonly Toast[]>([]);
  let count = 0;
  const dismiss = (id: number): void => store.update((all) => all.filter((toast) => toast.id !== id));
  return {
    get: store.get,
    subscribe: store.subscribe,
    show({ forMs = FOR_MS, ...toast }) {
      const id = (count += 1);
      store.update((all) => [...all, { ...toast, id, until: now() + forMs }].slice(-MAX));
      if (Number.isFinite(forMs)) page.setTimeout(() => dismiss(id), forMs);
    },
    dismiss,
    clear: () => store.set([]),
  };
}
