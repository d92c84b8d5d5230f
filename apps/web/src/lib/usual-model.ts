import type { AvailableModel } from './computer-state.ts';

export type UsualModelOptions = {
  models: readonly AvailableModel[];
  /** The account's choice for new conversations. */
  defaultModel: string | null;
  /** The one that this browser used last. */
  lastUsed: string | undefined;
};

/** The model of a new conversation: the default one, else the last one used, else the first; what can answer comes first. */
export function usualModel({ models, defaultModel, lastUsed }: UsualModelOptions): string | undefined {
  const ready = models.filter(({ places }) => places.some(({ isReady }) => isReady));
  const usable = (ready.length > 0 ? ready : models).map(({ name }) => name);
  const wanted = [defaultModel ?? undefined, lastUsed];
  return wanted.find((name) => name !== undefined && usable.includes(name)) ?? usable[0] ?? wanted.find(Boolean);
}
