import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useAccessTexts } from './use-access-texts.ts';

/** What the person calls the computer with this id. */
export function useComputerName(): (bridgeId: string) => string {
  const { texts } = useAccessTexts();
  const list = useStore(useServices().computers, (value) => value.list);
  return (id) => list.find(({ bridgeId }) => bridgeId === id)?.name ?? texts.keys.goneComputer;
}
