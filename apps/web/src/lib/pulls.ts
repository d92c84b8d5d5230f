import type { Client, PullEvent } from '@cloudtolocalllm/sdk';
import { describeFailure, failureFrom, type Failure } from './failure.ts';
import { createStore, type ReadableStore } from './store.ts';

/** A model on its way to a computer. */
export type Pull = {
  bridgeId: string;
  model: string;
  /** What the engine says it is doing. */
  status: string;
  /** Bytes of all layers that are known so far; 0 of 0 before the first. */
  completed: number;
  total: number;
  failure?: Failure;
};

export type Pulls = ReadableStore<readonly Pull[]> & {
  start(bridgeId: string, model: string): void;
  /** Stops it when it runs; forgets it either way. */
  cancel(bridgeId: string, model: string): void;
  reset(): void;
};

export type PullsOptions = {
  pull: Client['models']['pull'];
  onDone: (bridgeId: string, model: string) => void;
};

/** The downloads that this page has asked for; they go on while it shows something else. */
export function createPulls({ pull, onDone }: PullsOptions): Pulls {
  const store = createStore<readonly Pull[]>([]);
  const running = new Map<string, AbortController>();
  const keyOf = (bridgeId: string, model: string): string => `${bridgeId} ${model}`;
  const others = (bridgeId: string, model: string): Pull[] =>
    store.get().filter((one) => one.bridgeId !== bridgeId || one.model !== model);
  const change = (bridgeId: string, model: string, part: Partial<Pull>): void =>
    store.update((all) =>
      all.map((one) => (one.bridgeId === bridgeId && one.model === model ? { ...one, ...part } : one)),
    );

  async function follow(bridgeId: string, model: string, { signal }: AbortController): Promise<void> {
    const layers = new Map<string, { completed: number; total: number }>();
    const onEvent = (event: PullEvent): void => {
      if (event.type === 'error') change(bridgeId, model, { failure: failureFrom(event.error, event.message) });
      if (event.type === 'complete') {
        store.set(others(bridgeId, model));
        onDone(bridgeId, model);
      }
      if (event.type !== 'progress') return;
      const { digest, completed = 0, total, status } = event;
      if (digest !== undefined && total !== undefined) layers.set(digest, { completed, total });
      const sum = (part: 'completed' | 'total'): number =>
        Array.from(layers.values()).reduce((all, layer) => all + layer[part], 0);
      change(bridgeId, model, { status, completed: sum('completed'), total: sum('total') });
    };
    try {
      for await (const event of pull(bridgeId, model, { signal })) {
        if (signal.aborted) return;
        onEvent(event);
      }
    } catch (error) {
      if (!signal.aborted) change(bridgeId, model, { failure: describeFailure(error) });
    }
  }

  function start(bridgeId: string, model: string): void {
    const key = keyOf(bridgeId, model);
    if (running.has(key)) return;
    const controller = new AbortController();
    running.set(key, controller);
    store.set([...others(bridgeId, model), { bridgeId, model, status: '', completed: 0, total: 0 }]);
    void follow(bridgeId, model, controller).finally(() => {
      if (running.get(key) === controller) running.delete(key);
    });
  }

  function cancel(bridgeId: string, model: string): void {
    const key = keyOf(bridgeId, model);
    running.get(key)?.abort();
    running.delete(key);
    store.set(others(bridgeId, model));
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    start,
    cancel,
    reset() {
      for (const { bridgeId, model } of store.get()) cancel(bridgeId, model);
    },
  };
}
