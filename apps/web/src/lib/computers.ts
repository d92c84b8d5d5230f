import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { byReadiness, computerState } from './computer-state.ts';
import { describeFailure, type Failure } from './failure.ts';
import { createStore, type ReadableStore } from './store.ts';

export type Computers = {
  phase: 'loading' | 'ready' | 'failing';
  /** The best there is first. */
  list: readonly BridgeStatus[];
  failure?: Failure;
};

/** Whether a question would be answered, as far as this page knows. */
export function canAnswer({ phase, list }: Computers): boolean {
  return phase === 'ready' && list[0] !== undefined && computerState(list[0]) === 'online';
}

export type ComputersStore = ReadableStore<Computers> & {
  /** Asks now, and then every few seconds while the page is visible; returns the way to end it. */
  watch(): () => void;
};

/** Quick while something is likely to happen, then slow: a person has 1000 requests an hour for everything. */
const QUICK_MS = 5_000;
const SLOW_MS = 15_000;
const QUICK_FOR_MS = 120_000;
const FAILING_MAX_MS = 60_000;

export type ComputersOptions = { list: (options: { signal: AbortSignal }) => Promise<BridgeStatus[]>; page: Window };

/** The person's computers, asked for again and again until the relay's own events come with a later issue. */
export function createComputers({ list, page }: ComputersOptions): ComputersStore {
  const store = createStore<Computers>({ phase: 'loading', list: [] });

  function watch(): () => void {
    const controller = new AbortController();
    let timer: number | undefined;
    let failures = 0;
    let quickUntil = 0;

    const delay = (): number => {
      if (failures > 0) return Math.min(FAILING_MAX_MS, QUICK_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
      return Date.now() < quickUntil ? QUICK_MS : SLOW_MS;
    };
    const ask = async (): Promise<void> => {
      page.clearTimeout(timer);
      try {
        const computers = (await list({ signal: controller.signal })).toSorted(byReadiness);
        failures = 0;
        if (changed(store.get().list, computers)) quickUntil = Date.now() + QUICK_FOR_MS;
        store.set({ phase: 'ready', list: computers });
      } catch (error) {
        if (controller.signal.aborted) return;
        failures += 1;
        store.update((current) => ({ ...current, phase: 'failing', failure: describeFailure(error) }));
      }
      if (controller.signal.aborted || page.document.hidden) return;
      page.clearTimeout(timer);
      timer = page.setTimeout(ask, delay());
    };
    const wake = (): void => {
      if (page.document.hidden) return page.clearTimeout(timer);
      quickUntil = Date.now() + QUICK_FOR_MS;
      void ask();
    };

    page.document.addEventListener('visibilitychange', wake, { signal: controller.signal });
    page.addEventListener('online', wake, { signal: controller.signal });
    wake();
    return () => {
      controller.abort();
      page.clearTimeout(timer);
    };
  }

  return { get: store.get, subscribe: store.subscribe, watch };
}

/** Whether something happened that is more than time passing. */
function changed(before: readonly BridgeStatus[], after: readonly BridgeStatus[]): boolean {
  const essence = (computers: readonly BridgeStatus[]): string =>
    JSON.stringify(
      computers.map(({ bridgeId, status, client }) => [bridgeId, status, client.ollamaStatus, client.models]),
    );
  return essence(before) !== essence(after);
}
