import type { BridgeStatus, Client } from '@cloudtolocalllm/sdk';
import { byOrder } from './computer-state.ts';
import type { ComputersStore } from './computers.ts';
import { describeFailure, inWords } from './failure.ts';
import type { TextsStore } from './language.ts';
import type { Toasts } from './toasts.ts';

export type ComputerActionsOptions = {
  calls: {
    bridges: Pick<Client['bridges'], 'rename' | 'order' | 'remove'>;
    models: Pick<Client['models'], 'load' | 'unload' | 'delete'>;
  };
  computers: Pick<ComputersStore, 'get' | 'hear'>;
  toasts: Pick<Toasts, 'show'>;
  texts: Pick<TextsStore, 'get'>;
  /** The models of a computer are others now, or in memory. */
  onModels: (bridgeId: string) => Promise<void>;
};

export type ComputerActions = ReturnType<typeof createComputerActions>;

/** What a person does with a computer or its models. Where nothing else is said, what goes wrong is said in a toast, and nothing has changed then. */
export function createComputerActions({ calls, computers, toasts, texts, onModels }: ComputerActionsOptions) {
  async function guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const words = texts.get();
      const { title, detail } = inWords(describeFailure(error), words);
      // The relay's own sentence is in one language.
      toasts.show({ text: title === words.failures.unexpected ? (detail ?? title) : title });
    }
  }
  const put = (bridges: readonly BridgeStatus[]): void => {
    for (const bridge of bridges) computers.hear({ type: 'bridge', payload: { bridge } });
  };
  const changeModel = (what: 'load' | 'unload' | 'delete', bridgeId: string, model: string): Promise<void> =>
    guarded(async () => {
      await calls.models[what](bridgeId, model);
      if (what === 'delete') toasts.show({ text: texts.get().computers.removed(model) });
      await onModels(bridgeId);
    });

  return {
    rename: ({ bridgeId }: BridgeStatus, name: string) =>
      guarded(async () => put([await calls.bridges.rename(bridgeId, name)])),

    /** Puts a computer at a place in the person's order, at once on this page. */
    move: (bridgeId: string, place: number) =>
      guarded(async () => {
        const before = computers.get().list.toSorted(byOrder);
        const moved = before.find((computer) => computer.bridgeId === bridgeId);
        if (moved === undefined) return;
        const order = before.filter((computer) => computer !== moved).toSpliced(place, 0, moved);
        put(order.map((computer, priority) => ({ ...computer, priority })));
        try {
          put(await calls.bridges.order(order.map((computer) => computer.bridgeId)));
        } catch (error) {
          put(before);
          throw error;
        }
      }),

    /** Throws when the relay refuses: the dialog that asked says so, and stays. */
    async revoke({ bridgeId, name }: BridgeStatus): Promise<void> {
      await calls.bridges.remove(bridgeId);
      computers.hear({ type: 'bridge_removed', payload: { bridgeId } });
      toasts.show({ text: texts.get().computers.revoked(name) });
    },

    load: (bridgeId: string, model: string) => changeModel('load', bridgeId, model),
    unload: (bridgeId: string, model: string) => changeModel('unload', bridgeId, model),
    delete: (bridgeId: string, model: string) => changeModel('delete', bridgeId, model),
  };
}
