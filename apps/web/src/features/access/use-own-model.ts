import { modelsOf } from '../../lib/computer-state.ts';
import { useServices } from '../../lib/services.ts';
import { EXAMPLE_MODEL } from '../../lib/snippets.ts';
import { useStore } from '../../lib/use-store.ts';

/** A model of the person's own to stand in a snippet: on that computer, or on the one that answers first. */
export function useOwnModel(bridgeId?: string): string {
  const list = useStore(useServices().computers, (value) => value.list);
  const asked = bridgeId === undefined ? list : list.filter((computer) => computer.bridgeId === bridgeId);
  return modelsOf(asked)[0]?.name ?? EXAMPLE_MODEL;
}
