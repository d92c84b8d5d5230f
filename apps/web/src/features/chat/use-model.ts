import { useMemo, useState } from 'react';
import { modelsOf, type AvailableModel } from '../../lib/computer-state.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';

export type ModelChoice = {
  models: readonly AvailableModel[];
  model: string | undefined;
  choose: (model: string) => void;
};

/** The model that answers next: chosen here, else the conversation's, else the last one used, else the first there is. */
export function useModel(threadId: string, conversationModel: string | undefined): ModelChoice {
  const { computers, preferences } = useServices();
  const list = useStore(computers, (value) => value.list);
  const models = useMemo(() => modelsOf(list), [list]);
  const [chosen, setChosen] = useState<{ threadId: string; model: string }>();

  const preferred = preferences.model();
  // What can answer now comes before what was used last.
  const ready = models.filter(({ places }) => places.some(({ isReady }) => isReady));
  const usable = ready.length > 0 ? ready : models;
  const usual = usable.some(({ name }) => name === preferred) ? preferred : usable[0]?.name;
  const model = (chosen?.threadId === threadId ? chosen.model : undefined) ?? conversationModel ?? usual ?? preferred;
  const choose = (next: string): void => {
    setChosen({ threadId, model: next });
    preferences.setModel(next);
  };
  return { models, model, choose };
}
