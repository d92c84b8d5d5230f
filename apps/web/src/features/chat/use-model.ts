import { useMemo, useState } from 'react';
import { modelsOf, type AvailableModel } from '../../lib/computer-state.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { usualModel } from '../../lib/usual-model.ts';

export type ModelChoice = {
  models: readonly AvailableModel[];
  model: string | undefined;
  choose: (model: string) => void;
};

/** The model that answers next: chosen here, else the conversation's, else the usual one. */
export function useModel(threadId: string, conversationModel: string | undefined): ModelChoice {
  const { computers, preferences, settings } = useServices();
  const list = useStore(computers, (value) => value.list);
  const defaultModel = useStore(settings, (value) => value.defaultModel);
  const models = useMemo(() => modelsOf(list), [list]);
  const [chosen, setChosen] = useState<{ threadId: string; model: string }>();
  const model =
    (chosen?.threadId === threadId ? chosen.model : undefined) ??
    conversationModel ??
    usualModel({ models, defaultModel, lastUsed: preferences.model() });
  const choose = (next: string): void => {
    setChosen({ threadId, model: next });
    preferences.setModel(next);
  };
  return { models, model, choose };
}
