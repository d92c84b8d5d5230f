import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useAccessTexts } from './use-access-texts.ts';

/** What the person calls the computer with this id; `gone` is said of one that isn't theirs any more. */
export function useComputerName(): (bridgeId: string, gone?: string) => string {
  const { texts } = useAccessTexts();
  const list = useStore(useServices().computers, (value) => value.list);
  return (id, gone = texts.keys.goneComputer) => list.find(({ bridgeId }) => bridgeId === id)?.name ?? gone;
}
