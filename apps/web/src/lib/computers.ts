import { ApiError, type BridgeStatus, type RealtimeEvent } from '@cloudtolocalllm/sdk';
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
  /** Asks now, and again and again while the page is visible and nobody tells it; returns the way to end it. */
  watch(): () => void;
  /** What the relay tells by itself. */
  hear(event: RealtimeEvent): void;
  /** Forgets them, for the next person. */
  reset(): void;
};

/** Shortly after a change, and for a while when there is no computer to answer: somebody is waiting for one. */
const QUICK_MS = 5_000;
const QUICK_FOR_MS = 120_000;
/** Still none. A person has 1000 requests an hour for everything, in all windows. */
const WAITING_MS = 15_000;
/** All is well. */
const STEADY_MS = 20_000;
const FAILING_MAX_MS = 60_000;

const UNKNOWN: Computers = { phase: 'loading', list: [] };

export type ComputersOptions = {
  list: (options: { signal: AbortSignal }) => Promise<BridgeStatus[]>;
  page: Window;
  /** True while the relay tells what happens: then nothing is asked for. */
  isLive: ReadableStore<boolean>;
};

/** The person's computers: as the relay tells them, and asked for again and again while it doesn't. */
export function createComputers({ list, page, isLive }: ComputersOptions): ComputersStore {
  const store = createStore<Computers>(UNKNOWN);
  let askNow = (): void => {};
  /** Counts the persons: an answer for the one before is not shown to the next. */
  let generation = 0;

  const put = (computers: readonly BridgeStatus[]): void =>
    store.set({ phase: 'ready', list: computers.toSorted(byReadiness) });
  const others = (bridgeId: string): BridgeStatus[] =>
    store.get().list.filter((computer) => computer.bridgeId !== bridgeId);

  function hear(event: RealtimeEvent): void {
    if (event.type === 'refetch') askNow();
    if (event.type === 'bridge') put([...others(event.payload.bridge.bridgeId), event.payload.bridge]);
    if (event.type === 'bridge_removed') put(others(event.payload.bridgeId));
  }

  function watch(): () => void {
    const controller = new AbortController();
    let timer: number | undefined;
    let failures = 0;
    let askedAt = -Infinity;
    let quickUntil = 0;
    /** The relay asked for patience until then. */
    let notBefore = 0;

    const isKnown = (): boolean => isLive.get() && store.get().phase === 'ready';
    const delay = (): number => {
      const now = Date.now();
      if (notBefore > now) return notBefore - now;
      if (failures > 0) return Math.min(FAILING_MAX_MS, QUICK_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
      if (now < quickUntil) return QUICK_MS;
      return canAnswer(store.get()) ? STEADY_MS : WAITING_MS;
    };
    const failed = (error: unknown): void => {
      failures += 1;
      const isLimited = error instanceof ApiError && error.code === 'rate_limited';
      if (error instanceof ApiError && error.retryAfter !== undefined) notBefore = Date.now() + error.retryAfter * 1000;
      // Too many questions of this kind say nothing about the computers: what was known still holds.
      if (isLimited && store.get().phase === 'ready') return;
      store.update((current) => ({ ...current, phase: 'failing', failure: describeFailure(error) }));
    };
    const ask = async (): Promise<void> => {
      page.clearTimeout(timer);
      askedAt = Date.now();
      const asked = generation;
      try {
        const computers = await list({ signal: controller.signal });
        if (controller.signal.aborted || asked !== generation) return;
        failures = 0;
        if (changed(store.get().list, computers)) quickUntil = Date.now() + QUICK_FOR_MS;
        put(computers);
      } catch (error) {
        if (controller.signal.aborted || asked !== generation) return;
        failed(error);
      }
      plan(delay());
    };
    const plan = (waitMs: number): void => {
      page.clearTimeout(timer);
      const isWanted = !page.document.hidden && !isKnown();
      if (!controller.signal.aborted && isWanted) timer = page.setTimeout(ask, waitMs);
    };
    const wake = (): void => {
      if (page.document.hidden || isKnown()) return page.clearTimeout(timer);
      const now = Date.now();
      if (!canAnswer(store.get())) quickUntil = now + QUICK_FOR_MS;
      const next = Math.max(notBefore, askedAt + QUICK_MS);
      if (next > now) plan(next - now);
      else void ask();
    };

    page.document.addEventListener('visibilitychange', wake, { signal: controller.signal });
    page.addEventListener('online', wake, { signal: controller.signal });
    const ignore = isLive.subscribe(wake);
    askNow = () => void ask();
    wake();
    return () => {
      controller.abort();
      ignore();
      askNow = () => {};
      page.clearTimeout(timer);
    };
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    watch,
    hear,
    reset() {
      generation += 1;
      store.set(UNKNOWN);
    },
  };
}

/** Whether something happened that is more than time passing. */
function changed(before: readonly BridgeStatus[], after: readonly BridgeStatus[]): boolean {
  const essence = (computers: readonly BridgeStatus[]): string =>
    JSON.stringify(
      computers.map(({ bridgeId, status, client }) => [bridgeId, status, client.ollamaStatus, client.models]),
    );
  return essence(before) !== essence(after);
}
