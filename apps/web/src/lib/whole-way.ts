import type { BridgeStatus, Client, InstalledModel } from '@cloudtolocalllm/sdk';
import { computerState } from './computer-state.ts';
import { describeFailure, type Failure } from './failure.ts';
import { firstWords } from './first-words.ts';
import { createStore, type ReadableStore } from './store.ts';

/** From here to the model, in the order in which each needs the one before. */
export const WAY = ['relay', 'computer', 'engine', 'model', 'answer'] as const;
export type WayPart = (typeof WAY)[number];

export type WayStep = {
  phase: 'waiting' | 'running' | 'done' | 'failed';
  /** How long it took, where that is worth a word. */
  milliseconds?: number;
  /** What was found: the computer's or the model's name. */
  found?: string;
  /** Why it failed, where that says more than the part itself. */
  failure?: Failure;
};

export type WholeWay = Readonly<Record<WayPart, WayStep>>;

export type WholeWayTest = ReadableStore<WholeWay> & {
  /** Goes the whole way to one computer anew; an earlier try ends. */
  test(bridgeId: string): Promise<void>;
  stop(): void;
};

export type WholeWayOptions = {
  calls: {
    health: Pick<Client['health'], 'get'>;
    bridges: Pick<Client['bridges'], 'status'>;
    models: Pick<Client['models'], 'installed'>;
    gateway: Pick<Client['gateway'], 'fetch'>;
  };
  /** The account's choice for new conversations. */
  defaultModel: () => string | null;
  now?: () => number;
};

const UNTESTED: WholeWay = Object.fromEntries(WAY.map((part) => [part, { phase: 'waiting' }])) as Record<
  WayPart,
  WayStep
>; // as: Object.fromEntries forgets the keys

/** A step that did not go well, and what was said about it. */
class WayError extends Error {
  override readonly name = 'WayError';
}

/** Tests each part of the way with what really goes over it; stops at the first that does not work. */
export function createWholeWay({ calls, defaultModel, now = () => performance.now() }: WholeWayOptions): WholeWayTest {
  const store = createStore<WholeWay>(UNTESTED);
  let current: AbortController | undefined;

  async function test(bridgeId: string): Promise<void> {
    current?.abort();
    const controller = new AbortController();
    const { signal } = controller;
    current = controller;
    store.set(UNTESTED);
    const put = (part: WayPart, step: WayStep): void => {
      if (!signal.aborted) store.update((way) => ({ ...way, [part]: step }));
    };
    /** Runs one step; throws when it fails, since the next ones need it. */
    async function step<T>(part: WayPart, run: () => Promise<[value: T, found: Partial<WayStep>]>): Promise<T> {
      put(part, { ...store.get()[part], phase: 'running' });
      try {
        const [value, found] = await run();
        put(part, { ...found, phase: 'done' });
        return value;
      } catch (error) {
        put(part, { phase: 'failed', failure: error instanceof WayError ? undefined : describeFailure(error) });
        throw error;
      }
    }

    try {
      const began = now();
      await step('relay', async () => [await calls.health.get({ signal }), { milliseconds: now() - began }]);
      const computer = await step('computer', async () => {
        const status = await calls.bridges.status(bridgeId, { signal });
        if (computerState(status) === 'offline') throw new WayError('It is offline');
        return [status, { found: status.name }];
      });
      await step('engine', async () => {
        if (computerState(computer) !== 'online') throw new WayError('The engine is down');
        return [undefined, {}];
      });
      const model = await step('model', async () => {
        const { models } = await calls.models.installed(bridgeId, { signal });
        const name = modelToAsk(models, defaultModel());
        if (name === undefined) throw new WayError('There is no model');
        return [name, { found: name }];
      });
      put('answer', { phase: 'running', found: model });
      await step('answer', async () => {
        const { fetch } = calls.gateway;
        return [undefined, { milliseconds: await firstWords({ fetch, bridgeId, model, signal, now }) }];
      });
    } catch {
      // The step that failed says so.
    }
  }

  return { get: store.get, subscribe: store.subscribe, test, stop: () => current?.abort() };
}

/** Whether all of it works. */
export function isWholeWay(way: WholeWay): boolean {
  return WAY.every((part) => way[part].phase === 'done');
}

/** What of a computer decides how far the way goes: when it changes, another test may go further. */
export function wayEssence(computer: BridgeStatus): string {
  return JSON.stringify([computer.bridgeId, computerState(computer), computer.client.models]);
}

/** They make vectors, no words. */
const NO_CHAT = /bert|embed|minilm/i;

/** Which model to ask: the person's own choice, else what is in memory already, else the smallest that talks. */
function modelToAsk(models: readonly InstalledModel[], defaultModel: string | null): string | undefined {
  const talking = models.filter(({ name, family = '' }) => !NO_CHAT.test(name) && !NO_CHAT.test(family));
  const smallest = talking.toSorted((one, other) => (one.size ?? Infinity) - (other.size ?? Infinity));
  const best =
    talking.find(({ name }) => name === defaultModel) ??
    talking.find(({ loaded }) => loaded !== undefined) ??
    smallest[0] ??
    models[0];
  return best?.name;
}
